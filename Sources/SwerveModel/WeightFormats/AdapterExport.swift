import SwerveText

/// Low-rank adapters as a folder that peft's `PeftModel.from_pretrained` loads on top of the base model
/// (https://huggingface.co/docs/peft/developer_guides/checkpoint). This module writes no files: it gives each file's name and
/// bytes. A value head is left out.
package struct AdapterExport {
  private let model: Transformer
  private let adapters: LowRankAdapters
  private let base: String

  /// - Parameters:
  ///   - model: with adapters; it must live until the files are written.
  ///   - base: the name of the base model, for readers; may be empty.
  package init(_ model: Transformer, base: String) {
    guard let adapters = model.configuration.adapters else { preconditionFailure("the model has no adapters") }
    (self.model, self.adapters, self.base) = (model, adapters, base)
  }

  package var files: [HuggingFaceExport.File] {
    get throws {
      let prefix = "base_model.model." + HuggingFaceExport.prefix(of: model.configuration)
      let tensors = zip(model.layout.entries, model.tensors).filter { $0.0.role.isAdapter }.map {
        NamedTensor(name: prefix + $0.1.name, shape: $0.1.shape, values: $0.1.values)
      }
      return [
        HuggingFaceExport.text("adapter_config.json", config.pretty()),
        try HuggingFaceExport.weights("adapter_model.safetensors", model, tensors),
      ]
    }
  }

  private var config: JSONValue {
    let family = model.configuration.family
    return [
      "peft_type": "LORA", "task_type": family.predictsTokens ? "CAUSAL_LM" : "FEATURE_EXTRACTION",
      "base_model_name_or_path": base.isEmpty ? .null : .string(base), "r": .integer(adapters.rank),
      "lora_alpha": .float(adapters.alpha),
      "target_modules": .array(model.layers.plan.adapted.map(\.linear).distinct.map { .string($0) }),
      // GPT-2's linear layers in transformers have (input, output) weights.
      "fan_in_fan_out": .bool(family == .gpt2), "lora_dropout": .integer(0), "bias": "none", "use_rslora": false,
      "init_lora_weights": true, "inference_mode": true,
    ]
  }
}
