#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

// In order: problems depend on it, so a word is added only with new problems.
constexpr std::string_view kCommonWords[] = {
    "able",    "about",   "above",    "across",   "action",   "after",    "again",   "air",
    "alone",   "along",   "also",     "always",   "amber",    "angle",    "animal",  "answer",
    "apple",   "april",   "arm",      "army",     "around",   "arrow",    "art",     "atlas",
    "autumn",  "away",    "axis",     "baby",     "back",     "badge",    "baker",   "ball",
    "bank",    "basin",   "basket",   "beach",    "bean",     "bear",     "beauty",  "become",
    "before",  "begin",   "bell",     "below",    "bench",    "berry",    "better",  "bird",
    "black",   "blanket", "blue",     "board",    "boat",     "body",     "bone",    "book",
    "bottle",  "bottom",  "box",      "branch",   "brave",    "bread",    "bridge",  "bright",
    "bring",   "brother", "brown",    "brush",    "bucket",   "build",    "bus",     "butter",
    "button",  "cabin",   "cable",    "cage",     "cake",     "call",     "calm",    "camel",
    "camera",  "camp",    "candle",   "canyon",   "carbon",   "carpet",   "castle",  "cat",
    "cause",   "cellar",  "center",   "chair",    "chalk",    "chance",   "change",  "cheese",
    "cherry",  "child",   "circle",   "city",     "clean",    "clear",    "climb",   "clock",
    "cloud",   "coast",   "coat",     "coffee",   "color",    "copper",   "corner",  "cotton",
    "cow",     "crane",   "cream",    "cross",    "crowd",    "crown",    "cup",     "curtain",
    "daily",   "dance",   "danger",   "dark",     "daughter", "dawn",     "deep",    "deer",
    "desk",    "dinner",  "dish",     "doctor",   "dog",      "door",     "double",  "dozen",
    "dragon",  "drawer",  "dream",    "dress",    "drink",    "drive",    "drum",    "dry",
    "duck",    "dust",    "eager",    "eagle",    "early",    "earth",    "east",    "easy",
    "edge",    "egg",     "eight",    "elbow",    "empty",    "energy",   "engine",  "enjoy",
    "enough",  "equal",   "evening",  "every",    "exact",    "exit",     "extra",   "eye",
    "face",    "factor",  "fall",     "family",   "farm",     "fast",     "father",  "feather",
    "fence",   "few",     "field",    "fifty",    "finger",   "fire",     "fish",    "five",
    "flag",    "flame",   "flat",     "floor",    "flower",   "fly",      "fog",     "follow",
    "food",    "foot",    "forest",   "fork",     "forty",    "fox",      "free",    "fresh",
    "friend",  "frog",    "front",    "fruit",    "full",     "funny",    "galaxy",  "game",
    "garden",  "gate",    "gentle",   "giant",    "ginger",   "girl",     "give",    "glad",
    "glass",   "glove",   "goat",     "gold",     "goose",    "grape",    "grass",   "gray",
    "great",   "green",   "ground",   "group",    "grow",     "guard",    "guest",   "guitar",
    "habit",   "half",    "hall",     "hammer",   "hand",     "happy",    "harbor",  "hat",
    "hazel",   "head",    "heart",    "heavy",    "hello",    "helmet",   "hero",    "hill",
    "history", "hobby",   "holiday",  "honey",    "horse",    "hotel",    "hour",    "house",
    "human",   "hundred", "hungry",   "hurry",    "ice",      "idea",     "inch",    "index",
    "ink",     "island",  "ivory",    "jacket",   "jar",      "jazz",     "jelly",   "jewel",
    "job",     "join",    "joke",     "journey",  "judge",    "juice",    "july",    "jump",
    "june",    "jungle",  "junior",   "keep",     "kettle",   "key",      "kind",    "king",
    "kitchen", "kite",    "kitten",   "knee",     "knife",    "knock",    "ladder",  "lake",
    "lamp",    "land",    "large",    "last",     "late",     "laugh",    "leaf",    "learn",
    "leather", "left",    "lemon",    "letter",   "level",    "library",  "light",   "lily",
    "limit",   "lion",    "little",   "lizard",   "long",     "lucky",    "lunch",   "magic",
    "maple",   "marble",  "march",    "market",   "mask",     "maze",     "meadow",  "melon",
    "metal",   "middle",  "milk",     "mill",     "mirror",   "model",    "money",   "monkey",
    "month",   "moon",    "morning",  "mother",   "motor",    "mountain", "mouse",   "mouth",
    "music",   "nail",    "name",     "narrow",   "nature",   "near",     "neck",    "needle",
    "nest",    "never",   "new",      "nice",     "night",    "nine",     "noble",   "noise",
    "north",   "nose",    "note",     "number",   "nut",      "oak",      "oasis",   "ocean",
    "october", "office",  "olive",    "onion",    "open",     "orange",   "orbit",   "order",
    "other",   "oven",    "owl",      "oxygen",   "page",     "paint",    "pair",    "palace",
    "palm",    "panda",   "paper",    "parade",   "parrot",   "party",    "path",    "peace",
    "peach",   "pear",    "pencil",   "people",   "pepper",   "piano",    "picnic",  "picture",
    "pilot",   "pink",    "planet",   "plant",    "plate",    "pocket",   "poem",    "pond",
    "pony",    "potato",  "prize",    "puzzle",   "quality",  "quarter",  "queen",   "question",
    "quick",   "quiet",   "quilt",    "quiz",     "rabbit",   "radio",    "rain",    "rapid",
    "raven",   "ready",   "red",      "rest",     "ribbon",   "rice",     "rich",    "ride",
    "ring",    "river",   "road",     "robin",    "rock",     "roof",     "room",    "rope",
    "rose",    "round",   "royal",    "sad",      "safe",     "sail",     "salad",   "salt",
    "sand",    "saturn",  "school",   "scissors", "season",   "seed",     "seven",   "shadow",
    "sheep",   "ship",    "shirt",    "shoe",     "shop",     "short",    "silent",  "silver",
    "simple",  "sister",  "six",      "sky",      "sleep",    "slow",     "small",   "smile",
    "snow",    "soap",    "soft",     "song",     "soup",     "south",    "space",   "spider",
    "spoon",   "spring",  "square",   "stable",   "star",     "stone",    "storm",   "story",
    "street",  "strong",  "sugar",    "summer",   "sun",      "sweet",    "swim",    "table",
    "tailor",  "tall",    "taxi",     "tea",      "teacher",  "ten",      "tiger",   "time",
    "tiny",    "toast",   "today",    "tomato",   "tooth",    "tower",    "town",    "train",
    "travel",  "tree",    "triangle", "truck",    "trumpet",  "tulip",    "turtle",  "twelve",
    "twenty",  "two",     "umbrella", "uncle",    "under",    "unit",     "until",   "upper",
    "useful",  "usual",   "valley",   "vanilla",  "vase",     "velvet",   "village", "violet",
    "violin",  "visit",   "voice",    "wagon",    "walk",     "wall",     "walnut",  "warm",
    "water",   "wave",    "weather",  "west",     "whale",    "wheat",    "wheel",   "white",
    "wide",    "wild",    "wind",     "window",   "wine",     "winter",   "wise",    "wolf",
    "woman",   "wonder",  "wood",     "world",    "yard",     "year",     "yellow",  "yes",
    "young",   "zebra",   "zero",     "zone",     "zoo"};

constexpr std::string_view kFirstNames[] = {"Ada",  "Ben",  "Cleo",  "Dan",  "Eve", "Finn", "Gus",
                                            "Hugo", "Ida",  "Jack",  "Kira", "Leo", "Mia",  "Nina",
                                            "Otto", "Paul", "Quinn", "Rosa", "Sam", "Tess", "Uma",
                                            "Vera", "Will", "Xena",  "Yann", "Zoe"};

}  // namespace

std::span<const std::string_view> common_words() { return kCommonWords; }

std::span<const std::string_view> first_names() { return kFirstNames; }

}  // namespace hone::rewards
