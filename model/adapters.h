#pragma once

#include <cstdint>
#include <filesystem>

#include "model/adapter_files.h"
#include "model/decoder.h"

namespace hone::model {

/// Freezes a decoder's weights and adds adapters: B is 0, so that at first nothing changes, and A
/// normal with variance 1 / (3 K). The seed alone decides A. The weights that are adapted are
/// copied, so that the ones before them stay for others (a reference model).
/// Source: peft's reset_lora_parameters. Differs: A is uniform there, of the same variance.
/// Throws: std::invalid_argument for a module that the decoder has not.
void add_adapters(Decoder& decoder, const LoraConfig& lora, const std::filesystem::path& base,
                  std::uint64_t seed);

/// Brings the weights in use up to date with their adapters: base + scale * B A, one chain of fused
/// multiply-adds over r from the base on, so that they are the same bits whenever they are made.
/// Nothing happens where there are none.
void merge_adapters(const Decoder& decoder);

/// Makes the adapters part of the weights and forgets them.
void drop_adapters(Decoder& decoder);

/// A decoder of the weights that its adapters started from or started at: shares what training does
/// not change, and requires no gradients. The reference of a policy that has not been trained yet.
Decoder frozen_view(const Decoder& decoder);

/// Reads an adapter into a decoder that has adapters of the same settings.
void read_adapters(const AdapterFiles& files, const Decoder& decoder);

/// The adapter in a PEFT folder, on its base. Throws: DataError (open_adapter()).
Decoder load_adapted(const std::filesystem::path& folder);

/// Writes adapter_config.json and adapter_model.safetensors (fp32), fsynced.
void save_adapters(const Decoder& decoder, const std::filesystem::path& folder);

}  // namespace hone::model
