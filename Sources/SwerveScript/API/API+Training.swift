import LuaRuntime
import SwerveModel
import SwerveRL

// The options of the stages. Their names, types, ranges, defaults and meanings are defined only here.

extension ScriptAPI {
  /// Large enough for any experiment, and small enough that sums of such numbers don't overflow.
  private static let count = 1...1_000_000
  private static let stageOrPath = APIType.either([.object("stage"), .string])
  private static let task = APIField("task", .object("task"), "what to learn, such as swerve.tasks.addition { ... }")
  private static let name = APIField(
    "name", .string, .optional("the kind of stage, with a number if it is taken"),
    "letters, digits, '.', '_' and '-'; names the stage in metrics and its checkpoint")
  private static let evaluation = APIField(
    "eval", .options(evaluationOptions), .optional("no evaluation"), "how often and on what to evaluate")

  static let model = APIOptions(
    name: "swerve.ModelOptions", doc: "The shape of a new transformer (GPT-2's architecture).",
    fields: [
      APIField("layers", .integer(1...256), "blocks"),
      APIField("heads", .integer(1...256), "attention heads of a block; they divide `width`"),
      APIField("width", .integer(1...65536), "size of a hidden state"),
      APIField("context", .integer(2...65536), "the longest text, in tokens"),
      APIField(
        "positions", .choice(PositionEncoding.allCases.map(\.rawValue)), .string("learned"),
        "a learned vector for each position, or rotary angles"),
    ])

  static let evaluationOptions = APIOptions(
    name: "swerve.EvalOptions", doc: "Evaluation: before the first step, every so many steps, and after the last.",
    fields: [
      APIField("every", .integer(count), "steps between evaluations"),
      APIField("sets", .map(.integer(count)), "episodes of each problem set, such as { comfort = 20, plus1 = 100 }"),
      APIField("greedy", .boolean, .boolean(true), "take the most probable token instead of sampling one"),
      APIField(
        "temperature", .number(.positive), .optional("that of the step; 1 in pre-training"),
        "of the tokens that a sampled evaluation draws: one number for the whole run"),
      APIField("samples", .integer(0...1000), .integer(3), "episodes of each set that are recorded in full"),
    ])

  static let keep = APIOptions(
    name: "swerve.KeepOptions",
    doc:
      "Which step gives a stage's result. Its checkpoint then has the weights after the best step, and so have what starts "
      + "`from` the stage and `swerve eval`, `generate` and `export` (as load_best_model_at_end of TRL and transformers). Steps "
      + "from 1 count; of equal ones the earliest is kept. result.json names the step, and the digests of both weights.",
    fields: [
      APIField(
        "best", .string,
        "a metric that the stage logs, best one of an evaluation, such as \"success/plus1\": it measures the weights after the "
          + "step, while metrics of the collected batch, such as \"success/train\", measure those before it"),
      APIField(
        "mode", .choice(BestMetric.Mode.allCases.map(\.rawValue)),
        .optional("that of the metric in docs/metrics.md: min for losses and divergences, else max"),
        "whether the largest or the smallest value is the best"),
    ])

  static let stopType =
    "fun(metrics: table<string, number>, step: integer, state: table): (boolean, string?)"

  /// How a stage ends. Every kind of stage takes these.
  static let ending = [
    APIField(
      "keep", .options(keep), .optional("the last step's weights are the result"), "which step gives the result"),
    APIField(
      "stop_when", .function(stopType), .optional("the stage runs all steps"),
      "called after each step with its metrics, those of evaluations where it has one: true ends the stage there, after an "
        + "evaluation; the second result is the reason, for records. See swerve.stop"),
  ]

  static func optimizer(beta2: Double, decay: Double, norm: Double) -> [APIField] {
    [APIField("lr", .schedule(.nonnegative), "learning rate of AdamW")] + adam(beta2: beta2, decay: decay, norm: norm)
  }

  /// What decides a step of AdamW beside its learning rate.
  static func adam(beta2: Double, decay: Double, norm: Double) -> [APIField] {
    [
      APIField("beta1", .number(.below(1, from: 0)), .number(0.9), "decay of AdamW's first moment"),
      APIField("beta2", .number(.below(1, from: 0)), .number(beta2), "decay of AdamW's second moment"),
      APIField("epsilon", .number(.positive), .number(1e-8), "keeps AdamW's quotient finite"),
      APIField(
        "decay", .number(.closed(0, 1)), .number(decay), "decoupled weight decay of tensors with two or more axes"),
      APIField(
        "max_grad_norm", .number(.nonnegative), .number(norm), "the gradient's norm is clipped to this; 0: it is not"),
      APIField(
        "lanes", .integer(1...64), .optional("8; fewer for a model of more than 8 million weights, but at least 2"),
        "partial sums in which a step's gradient is added. The number decides bits. Threads and ranks (swerve run --ranks) "
          + "share lanes, so that more of them than lanes have nothing to do; each lane takes as much memory as the model"
      ),
    ]
  }

  static let lora = APIOptions(
    name: "swerve.LoRAOptions",
    doc: "Low-rank adapters (arXiv 2106.09685): a linear layer's frozen weight W becomes W + alpha / rank * B A.",
    fields: [
      APIField(
        "rank", .integer(1...ModelConfiguration.largestRank), .integer(LowRankAdapters.defaultRank),
        "rows of A and columns of B"),
      APIField("alpha", .number(.positive), .optional("twice the rank"), "scales what the adapters add"),
      APIField(
        "layers", .strings, .optional("all linear layers of the blocks"),
        "names of linear layers, as { \"q_proj\", \"v_proj\" }: the last parts of the names that swerve import lists"),
    ])

  /// Which weights a stage trains.
  private static let trained = [
    APIField(
      "train", .choice(["all", "lora"]), .string("all"),
      "all weights, or low-rank adapters: the model of `from` stays as it is, and checkpoints hold the adapters only"),
    APIField("lora", .options(lora), .optional("its defaults"), "for `train` = \"lora\""),
  ]

  static let pretrain = APIOptions(
    name: "swerve.PretrainOptions", doc: "Pre-training: next-token prediction on texts that the task draws.",
    fields: [
      name,
      APIField("from", stageOrPath, .optional("new weights"), "an earlier stage or a checkpoint file to go on from"),
      APIField("model", .options(model), .optional("the model of `from`"), "the shape of a new model"),
      task,
      APIField("steps", .integer(count), "steps of the optimizer"),
      APIField("batch", .integer(1...65536), .integer(32), "texts, or windows, in a step"),
      APIField(
        "windows", .integer(2...65536), .optional("each row of a batch is one text from its start"),
        "how many tokens each row of a batch reads: a window at a random place of one endless stream of texts, one behind the "
          + "other, as nanoGPT trains. Tokens see those of earlier texts in their window. Positions count from the window's "
          + "start, so that windows as long as the context train every position"),
    ] + optimizer(beta2: 0.99, decay: 0.1, norm: 1) + [
      APIField(
        "random_positions", .boolean, .boolean(true),
        "start each text, or window, at a random position, so that every learned position is trained"),
      APIField(
        "seed", .integer(0...1 << 53), .optional("the run's seed"),
        "of all random numbers of this stage: runs of other seeds can then share it"),
      evaluation,
    ] + ending + trained)

  static let critic = APIOptions(
    name: "swerve.CriticOptions", doc: "The value head: two hidden layers on the last hidden state.",
    fields: [
      APIField("width", .integer(1...65536), .integer(128), "size of both hidden layers"),
      APIField(
        "lr", .schedule(.nonnegative), .optional("that of the policy"), "the learning rate of the critic's own tensors"),
      APIField("detach", .boolean, .boolean(false), "stop the critic's gradient at the trunk"),
      APIField("warmup", .integer(0...1_000_000), .integer(0), "first updates that train the critic alone"),
    ])

  static let referenceOptions = APIOptions(
    name: "swerve.ReferenceOptions",
    doc: "A reference that follows: every so many updates it becomes mix * policy + (1 - mix) * reference.",
    fields: [
      APIField("every", .integer(count), "updates"),
      APIField("mix", .number(.above(0, to: 1)), "the policy's share; 1: a copy"),
    ])

  static let kl = APIOptions(
    name: "swerve.KLOptions", doc: "The penalty that holds the policy near the reference, which is the stage's start.",
    fields: [
      APIField("coef", .schedule(.nonnegative), "the penalty's coefficient, beta"),
      APIField(
        "estimator", .choice(LossConstants.estimators), .optional("\"k2\"; \"k3\" for grpo"),
        "with d = logp - ref_logp, k1: d, k2: d*d/2, k3: exp(-d)-1+d; full: exact over the vocabulary; in the loss "
          + "also k3_straight: k3 with the gradient of k2, and k3_unbiased: k3 times exp(logp - old_logp)"),
      APIField(
        "where", .choice(KLPlan.Location.allCases.map(\.rawValue)), .string("loss"),
        "a term of the loss, or taken from each token's reward"),
      APIField("temperature", .number(.positive), .number(1), "temperature of the certainty's softmax, tau_w"),
      APIField(
        "certainty", .choice(CertaintyMeasure.allCases.map(\.rawValue)), .string("negentropy_max_prob"),
        "the measure in the column `certainty`"),
      APIField(
        "rule", .either([.function(ruleType), .object("rule")]), .optional("every weight 1"),
        "weighs the penalty token by token: a function, or what swerve.rules makes"),
      APIField("allow_negative", .boolean, .boolean(false), "let the rule give weights of terms below 0"),
    ])

  static let ruleType =
    "fun(t: swerve.Tokens, step: integer, rng: swerve.Rng, state: table, metrics: table<string, number>): "
    + "(swerve.Weights, table<string, number|swerve.Tensor>?)"
  static let lossType =
    "fun(t: swerve.Tokens, c: swerve.Coefficients, step: integer, state: table): "
    + "(swerve.Tensor, table<string, number|swerve.Tensor>?)"

  static let logType = "fun(t: swerve.Tokens, step: integer, state: table): table<string, number|swerve.Tensor>?"

  static let finetune = APIOptions(
    name: "swerve.FinetuneOptions", doc: "Fine-tuning by reinforcement.",
    fields: [
      name,
      APIField("from", stageOrPath, "the stage or the checkpoint file to start from; it is the reference, too"),
      task,
      APIField(
        "algorithm", .choice(Algorithm.all.map(\.name)), .optional("\"a2c\" without `loss`"),
        "an objective of lua/swerve, by name"),
      APIField(
        "loss", .function(lossType), .optional("that of `algorithm`"),
        "the objective: a scalar to descend, and parts to log"),
      APIField("updates", .integer(count), "collections of episodes, each followed by an update"),
      APIField("episodes", .integer(1...65536), .integer(50), "episodes collected for each update"),
      APIField("minibatch", .integer(1...65536), .integer(10), "episodes of one step of the optimizer"),
      APIField("epochs", .integer(1...1000), .integer(1), "passes over the collected episodes"),
      APIField("temperature", .schedule(.positive), .number(1), "of sampling and of every log-probability, tau"),
      APIField("gamma", .number(.closed(0, 1)), .number(1), "discount"),
      APIField("gae_lambda", .number(.closed(0, 1)), .number(0.95), "lambda of generalized advantage estimation"),
      APIField(
        "advantage", .choice(AdvantageEstimator.allCases.map(\.rawValue)),
        .optional("\"gae\"; \"return\" for reinforce, \"group\" for grpo"),
        "gae: over the critic's values; return: discounted rewards; group: the episode's reward minus the mean of the same "
          + "problem's episodes; leave_one_out: minus the mean of the others"),
      APIField(
        "truncated", .choice(TruncatedEnd.allCases.map(\.rawValue)), .string("terminal"),
        "what gae takes for the value after the last token of an answer that a limit of length cut off: terminal: 0, as after any "
          + "answer; bootstrap: the critic's estimate there"),
      APIField(
        "group", .integer(1...4096), .optional("1; 8 for grpo"),
        "episodes that answer the same problem; divides `episodes`"),
      APIField(
        "normalize", .choice(AdvantageNormalization.allCases.map(\.rawValue)),
        .optional("\"none\"; \"group_std\" for grpo"),
        "advantages as they are, centred, centred and scaled to a standard deviation of 1, or scaled by the standard "
          + "deviation of their group"),
      APIField(
        "aggregate", .choice(LossConstants.aggregates), .optional("\"tokens\"; \"sequences\" for grpo"),
        "for ppo, grpo and losses that ask for it: the mean over tokens, the mean over episodes of their tokens' means, or sums "
          + "divided by episodes times `aggregate_length`"),
      APIField(
        "aggregate_length", .integer(1...65536), .optional("none"), "tokens that `aggregate` = \"constant\" divides by"),
      APIField(
        "ratio", .choice(LossConstants.ratios), .string("token"),
        "for ppo and grpo: of each token's probabilities, or of the episode's, as their geometric mean (GSPO)"),
      APIField(
        "clip", .schedule(.nonnegative), .optional("0.2 for ppo and grpo"),
        "the ratio is held in [1 - clip, 1 + clip]; a rule can say it for each token"),
      APIField("clip_high", .schedule(.nonnegative), .optional("that of `clip`"), "the upper bound's, as in DAPO"),
      APIField(
        "value_clip", .schedule(.nonnegative), .optional("not clipped"),
        "for ppo: the critic's estimate counts with the larger of its error and that of the estimate held this near to the one "
          + "before the update"),
      APIField("vf", .schedule(.nonnegative), .number(0.1), "coefficient of the critic's squared error"),
      APIField("entropy", .schedule(.any), .number(0.001), "coefficient of the entropy bonus"),
      APIField(
        "coefficients", .map(.schedule(.any)), .optional("none"), "more numbers for the loss, by name: c.NAME"),
      APIField(
        "reference", .options(referenceOptions), .optional("it stays the stage's start"),
        "how the reference follows the policy (TR-DPO, arXiv 2404.09656)"),
      APIField("critic", .options(critic), .optional("its defaults"), "the value head"),
      APIField("kl", .options(kl), .optional("no penalty"), "the KL penalty"),
      APIField(
        "log", .function(logType), .optional("none"),
        "more metrics of each update, as log/NAME; t is the collected batch with the rule's weights"),
    ] + optimizer(beta2: 0.999, decay: 0, norm: 0) + [evaluation] + ending + trained)
}
