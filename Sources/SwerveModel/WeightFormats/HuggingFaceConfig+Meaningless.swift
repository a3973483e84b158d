import SwerveText

extension HuggingFaceConfig {
  /// Keys that change no number of a forward pass: names and versions, training (dropout, initialization), sampling
  /// settings that old versions wrote here, heads that are not read.
  static let meaningless: Set<ExactString> = Set(
    [
      // Names and versions.
      "architectures", "transformers_version", "torch_dtype", "dtype", "transformers.js_config", "is_llama_config",
      "unsloth_version", "unsloth_fixed", "model_name", "name_or_path", "tokenizer_class", "language", "license",
      "finetuning_task", "task_specific_params", "problem_type", "use_cache", "use_bfloat16", "torchscript",
      "tf_legacy_loss", "return_dict", "output_attentions", "output_hidden_states", "prefix",
      // Training.
      "initializer_range", "initializer_factor", "attention_dropout", "hidden_dropout", "hidden_dropout_prob",
      "attention_probs_dropout_prob", "attn_pdrop", "embd_pdrop", "resid_pdrop", "classifier_dropout",
      "gradient_checkpointing", "pretraining_tp", "router_aux_loss_coef",
      // How a computation is cut, not what it computes; and the window's layers, where no window is used.
      "chunk_size_feed_forward", "max_window_layers", "n_ctx",
      // Tokens and labels.
      "sep_token_id", "cls_token_id", "mask_token_id", "unk_token_id", "decoder_start_token_id", "id2label",
      "label2id", "num_labels",
      // Sampling.
      "do_sample", "early_stopping", "max_length", "min_length", "num_beams", "num_beam_groups", "diversity_penalty",
      "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
      "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
      "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
      "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
      // GPT-2's heads for other tasks, which are not read.
      "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
      // BERT's pooler is a layer of its own in this program; these keys of old files describe another one.
      "directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers",
      "pooler_size_per_head", "pooler_type",
    ].map { ExactString($0) })
}
