---@meta swerve.host
-- Generated from the declarations of SwerveScript; do not edit. Editors read it, nothing runs it.
error('Cannot require a meta file')

---A number, or a function of the step (from 1), the metrics of the step before and a table that is its memory.
---@alias swerve.Schedule number|fun(step: integer, metrics: table<string, number>, state: table): number
---What a rule returns: one number for all tokens, one for each, or a table with several columns.
---@alias swerve.Weights number|swerve.Tensor|number[]|swerve.WeightColumns
---What to descend, a scalar, and parts of it to log.
---@alias swerve.Loss fun(t: swerve.Tokens, c: swerve.Coefficients, step: integer, state: table): (swerve.Tensor, table<string, number|swerve.Tensor>?)
---Whether a stage ends after a step with these metrics, and why.
---@alias swerve.Stop fun(metrics: table<string, number>, step: integer, state: table): (boolean, string?)

---@class swerve.WeightColumns
---@field kl? number|swerve.Tensor weight of the KL penalty, at least 0 unless `kl.allow_negative`; 1 without
---@field policy? number|swerve.Tensor weight of the policy term, at least 0 unless `kl.allow_negative`; 1 without
---@field entropy? number|swerve.Tensor weight of the entropy term, at least 0 unless `kl.allow_negative`; 1 without
---@field advantage? number|swerve.Tensor the advantage itself, any finite number, in place of the estimated one; what the critic learns stays as it is
---@field clip_low? number|swerve.Tensor lower clip range, in [0, 1], for losses that clip
---@field clip_high? number|swerve.Tensor upper clip range, at least 0, for losses that clip

---The shape of a new transformer (GPT-2's architecture).
---@class swerve.ModelOptions
---@field layers integer blocks; in [1, 256]
---@field heads integer attention heads of a block; they divide `width`; in [1, 256]
---@field width integer size of a hidden state; in [1, 65536]
---@field context integer the longest text, in tokens; in [2, 65536]
---@field positions? "learned"|"rotary" a learned vector for each position, or rotary angles; default: "learned"

---Evaluation: before the first step, every so many steps, and after the last.
---@class swerve.EvalOptions
---@field every integer steps between evaluations; in [1, 1000000]
---@field sets table<string, integer> episodes of each problem set, such as { comfort = 20, plus1 = 100 }; each in [1, 1000000]
---@field greedy? boolean take the most probable token instead of sampling one; default: true
---@field temperature? number of the tokens that a sampled evaluation draws: one number for the whole run; above 0; default: that of the step; 1 in pre-training
---@field samples? integer episodes of each set that are recorded in full; in [0, 1000]; default: 3

---Which step gives a stage's result. Its checkpoint then has the weights after the best step, and so have what starts `from` the stage and `swerve eval`, `generate` and `export` (as load_best_model_at_end of TRL and transformers). Steps from 1 count; of equal ones the earliest is kept. result.json names the step, and the digests of both weights.
---@class swerve.KeepOptions
---@field best string a metric that the stage logs, best one of an evaluation, such as "success/plus1": it measures the weights after the step, while metrics of the collected batch, such as "success/train", measure those before it
---@field mode? "max"|"min" whether the largest or the smallest value is the best; default: that of the metric in docs/metrics.md: min for losses and divergences, else max

---Pre-training: next-token prediction on texts that the task draws.
---@class swerve.PretrainOptions
---@field name? string letters, digits, '.', '_' and '-'; names the stage in metrics and its checkpoint; default: the kind of stage, with a number if it is taken
---@field from? swerve.Stage|string an earlier stage or a checkpoint file to go on from; default: new weights
---@field model? swerve.ModelOptions the shape of a new model; default: the model of `from`
---@field task swerve.Task what to learn, such as swerve.tasks.addition { ... }
---@field steps integer steps of the optimizer; in [1, 1000000]
---@field batch? integer texts, or windows, in a step; in [1, 65536]; default: 32
---@field windows? integer how many tokens each row of a batch reads: a window at a random place of one endless stream of texts, one behind the other, as nanoGPT trains. Tokens see those of earlier texts in their window. Positions count from the window's start, so that windows as long as the context train every position; in [2, 65536]; default: each row of a batch is one text from its start
---@field lr swerve.Schedule learning rate of AdamW; at least 0
---@field beta1? number decay of AdamW's first moment; in [0, 1); default: 0.9
---@field beta2? number decay of AdamW's second moment; in [0, 1); default: 0.99
---@field epsilon? number keeps AdamW's quotient finite; above 0; default: 1e-08
---@field decay? number decoupled weight decay of tensors with two or more axes; in [0, 1]; default: 0.1
---@field max_grad_norm? number the gradient's norm is clipped to this; 0: it is not; at least 0; default: 1
---@field lanes? integer partial sums in which a step's gradient is added. The number decides bits. Threads and ranks (swerve run --ranks) share lanes, so that more of them than lanes have nothing to do; each lane takes as much memory as the model; in [1, 64]; default: 8; fewer for a model of more than 8 million weights, but at least 2
---@field random_positions? boolean start each text, or window, at a random position, so that every learned position is trained; default: true
---@field seed? integer of all random numbers of this stage: runs of other seeds can then share it; in [0, 9007199254740992]; default: the run's seed
---@field eval? swerve.EvalOptions how often and on what to evaluate; default: no evaluation
---@field keep? swerve.KeepOptions which step gives the result; default: the last step's weights are the result
---@field stop_when? fun(metrics: table<string, number>, step: integer, state: table): (boolean, string?) called after each step with its metrics, those of evaluations where it has one: true ends the stage there, after an evaluation; the second result is the reason, for records. See swerve.stop; default: the stage runs all steps
---@field train? "all"|"lora" all weights, or low-rank adapters: the model of `from` stays as it is, and checkpoints hold the adapters only; default: "all"
---@field lora? swerve.LoRAOptions for `train` = "lora"; default: its defaults

---Low-rank adapters (arXiv 2106.09685): a linear layer's frozen weight W becomes W + alpha / rank * B A.
---@class swerve.LoRAOptions
---@field rank? integer rows of A and columns of B; in [1, 1024]; default: 16
---@field alpha? number scales what the adapters add; above 0; default: twice the rank
---@field layers? string[] names of linear layers, as { "q_proj", "v_proj" }: the last parts of the names that swerve import lists; default: all linear layers of the blocks

---The value head: two hidden layers on the last hidden state.
---@class swerve.CriticOptions
---@field width? integer size of both hidden layers; in [1, 65536]; default: 128
---@field lr? swerve.Schedule the learning rate of the critic's own tensors; at least 0; default: that of the policy
---@field detach? boolean stop the critic's gradient at the trunk; default: false
---@field warmup? integer first updates that train the critic alone; in [0, 1000000]; default: 0

---A reference that follows: every so many updates it becomes mix * policy + (1 - mix) * reference.
---@class swerve.ReferenceOptions
---@field every integer updates; in [1, 1000000]
---@field mix number the policy's share; 1: a copy; in (0, 1]

---The penalty that holds the policy near the reference, which is the stage's start.
---@class swerve.KLOptions
---@field coef swerve.Schedule the penalty's coefficient, beta; at least 0
---@field estimator? "k1"|"k2"|"k3"|"full"|"k3_straight"|"k3_unbiased" with d = logp - ref_logp, k1: d, k2: d*d/2, k3: exp(-d)-1+d; full: exact over the vocabulary; in the loss also k3_straight: k3 with the gradient of k2, and k3_unbiased: k3 times exp(logp - old_logp); default: "k2"; "k3" for grpo
---@field where? "loss"|"reward" a term of the loss, or taken from each token's reward; default: "loss"
---@field temperature? number temperature of the certainty's softmax, tau_w; above 0; default: 1
---@field certainty? "max_prob"|"negentropy_max_prob"|"negentropy"|"sample" the measure in the column `certainty`; default: "negentropy_max_prob"
---@field rule? (fun(t: swerve.Tokens, step: integer, rng: swerve.Rng, state: table, metrics: table<string, number>): (swerve.Weights, table<string, number|swerve.Tensor>?))|swerve.Rule weighs the penalty token by token: a function, or what swerve.rules makes; default: every weight 1
---@field allow_negative? boolean let the rule give weights of terms below 0; default: false

---Fine-tuning by reinforcement.
---@class swerve.FinetuneOptions
---@field name? string letters, digits, '.', '_' and '-'; names the stage in metrics and its checkpoint; default: the kind of stage, with a number if it is taken
---@field from swerve.Stage|string the stage or the checkpoint file to start from; it is the reference, too
---@field task swerve.Task what to learn, such as swerve.tasks.addition { ... }
---@field algorithm? "a2c"|"reinforce"|"ppo"|"grpo" an objective of lua/swerve, by name; default: "a2c" without `loss`
---@field loss? fun(t: swerve.Tokens, c: swerve.Coefficients, step: integer, state: table): (swerve.Tensor, table<string, number|swerve.Tensor>?) the objective: a scalar to descend, and parts to log; default: that of `algorithm`
---@field updates integer collections of episodes, each followed by an update; in [1, 1000000]
---@field episodes? integer episodes collected for each update; in [1, 65536]; default: 50
---@field minibatch? integer episodes of one step of the optimizer; in [1, 65536]; default: 10
---@field epochs? integer passes over the collected episodes; in [1, 1000]; default: 1
---@field temperature? swerve.Schedule of sampling and of every log-probability, tau; above 0; default: 1
---@field gamma? number discount; in [0, 1]; default: 1
---@field gae_lambda? number lambda of generalized advantage estimation; in [0, 1]; default: 0.95
---@field advantage? "gae"|"return"|"group"|"leave_one_out" gae: over the critic's values; return: discounted rewards; group: the episode's reward minus the mean of the same problem's episodes; leave_one_out: minus the mean of the others; default: "gae"; "return" for reinforce, "group" for grpo
---@field truncated? "terminal"|"bootstrap" what gae takes for the value after the last token of an answer that a limit of length cut off: terminal: 0, as after any answer; bootstrap: the critic's estimate there; default: "terminal"
---@field group? integer episodes that answer the same problem; divides `episodes`; in [1, 4096]; default: 1; 8 for grpo
---@field normalize? "none"|"mean"|"mean_std"|"group_std" advantages as they are, centred, centred and scaled to a standard deviation of 1, or scaled by the standard deviation of their group; default: "none"; "group_std" for grpo
---@field aggregate? "tokens"|"sequences"|"constant" for ppo, grpo and losses that ask for it: the mean over tokens, the mean over episodes of their tokens' means, or sums divided by episodes times `aggregate_length`; default: "tokens"; "sequences" for grpo
---@field aggregate_length? integer tokens that `aggregate` = "constant" divides by; in [1, 65536]; default: none
---@field ratio? "token"|"sequence" for ppo and grpo: of each token's probabilities, or of the episode's, as their geometric mean (GSPO); default: "token"
---@field clip? swerve.Schedule the ratio is held in [1 - clip, 1 + clip]; a rule can say it for each token; at least 0; default: 0.2 for ppo and grpo
---@field clip_high? swerve.Schedule the upper bound's, as in DAPO; at least 0; default: that of `clip`
---@field value_clip? swerve.Schedule for ppo: the critic's estimate counts with the larger of its error and that of the estimate held this near to the one before the update; at least 0; default: not clipped
---@field vf? swerve.Schedule coefficient of the critic's squared error; at least 0; default: 0.1
---@field entropy? swerve.Schedule coefficient of the entropy bonus; default: 0.001
---@field coefficients? table<string, swerve.Schedule> more numbers for the loss, by name: c.NAME; default: none
---@field reference? swerve.ReferenceOptions how the reference follows the policy (TR-DPO, arXiv 2404.09656); default: it stays the stage's start
---@field critic? swerve.CriticOptions the value head; default: its defaults
---@field kl? swerve.KLOptions the KL penalty; default: no penalty
---@field log? fun(t: swerve.Tokens, step: integer, state: table): table<string, number|swerve.Tensor>? more metrics of each update, as log/NAME; t is the collected batch with the rule's weights; default: none
---@field lr swerve.Schedule learning rate of AdamW; at least 0
---@field beta1? number decay of AdamW's first moment; in [0, 1); default: 0.9
---@field beta2? number decay of AdamW's second moment; in [0, 1); default: 0.999
---@field epsilon? number keeps AdamW's quotient finite; above 0; default: 1e-08
---@field decay? number decoupled weight decay of tensors with two or more axes; in [0, 1]; default: 0
---@field max_grad_norm? number the gradient's norm is clipped to this; 0: it is not; at least 0; default: 0
---@field lanes? integer partial sums in which a step's gradient is added. The number decides bits. Threads and ranks (swerve run --ranks) share lanes, so that more of them than lanes have nothing to do; each lane takes as much memory as the model; in [1, 64]; default: 8; fewer for a model of more than 8 million weights, but at least 2
---@field eval? swerve.EvalOptions how often and on what to evaluate; default: no evaluation
---@field keep? swerve.KeepOptions which step gives the result; default: the last step's weights are the result
---@field stop_when? fun(metrics: table<string, number>, step: integer, state: table): (boolean, string?) called after each step with its metrics, those of evaluations where it has one: true ends the stage there, after an evaluation; the second result is the reason, for records. See swerve.stop; default: the stage runs all steps
---@field train? "all"|"lora" all weights, or low-rank adapters: the model of `from` stays as it is, and checkpoints hold the adapters only; default: "all"
---@field lora? swerve.LoRAOptions for `train` = "lora"; default: its defaults

---The linear head that gives each label its score.
---@class swerve.HeadOptions
---@field lr? swerve.Schedule the learning rate of the head's own tensors; at least 0; default: that of the encoder

---A fit of the head to all documents at once, by L-BFGS with a line search (Nocedal and Wright 2006, algorithms 7.4 and 3.5). The texts' vectors are computed once. The objective is the mean loss, which is taken in pieces of 1024 documents, or of fewer where the tree has more than 512 labels, plus a penalty. Where the loss is convex, as all of `swerve.hierarchy` but focal, its optimum depends on no seed, order or learning rate. A step is one direction.
---@class swerve.FitOptions
---@field l2? number lambda of the penalty lambda / 2 times the sum of squares of the head's weights; biases are free; at least 0; default: 0.0001
---@field tolerance? number the fit ends where no element of the gradient is larger; below 1e-6 rounding of floats may end it before; above 0; default: 1e-05
---@field steps? integer the most steps; in [1, 1000000]; default: 500
---@field history? integer changes of the point that L-BFGS remembers; in [1, 1000]; default: 20

---What to descend, and what it makes of scores. `swerve.hierarchy.*` make such tables.
---@class swerve.ClassificationLoss
---@field compute fun(t: swerve.Documents, c: swerve.Numbers, step: integer, state: table): (swerve.Tensor, table<string, number|swerve.Tensor>?) the objective: a scalar, and parts to log
---@field probabilities "sigmoid"|"conditional_softmax"|"conditional_sigmoid"|"leaf_softmax" how a document's scores become probabilities of labels: sigmoid: of each label by itself; conditional_softmax: the softmax among siblings, multiplied along the path; conditional_sigmoid: the sigmoid, multiplied along the path; leaf_softmax: the softmax over the leaves, summed up
---@field single_path? boolean documents whose labels are more than one path are refused; default: false

---Classification of texts into a tree of labels (arXiv 2410.01305): a linear head on the texts' vectors, without dropout.
---@class swerve.ClassifyOptions
---@field name? string letters, digits, '.', '_' and '-'; names the stage in metrics and its checkpoint; default: the kind of stage, with a number if it is taken
---@field from swerve.Stage|string the stage or the model to start from: an encoder, or a decoder
---@field hierarchy swerve.Hierarchy the tree of labels
---@field train swerve.Data|swerve.Data[] documents to learn from, as in {"text": ..., "label": [path]}: of a file, or of several, in this order
---@field validation? swerve.Data documents to evaluate, as metrics METRIC/validation; default: none
---@field test? swerve.Data documents to evaluate, as metrics METRIC/test; default: none
---@field text? string the field of a record with the text; default: "text"
---@field label? string the field of a record with its labels, each with all labels above it; default: "label"
---@field loss swerve.ClassificationLoss what to descend: a table that `swerve.hierarchy.*` makes, or one's own
---@field decode? table inference rules of evaluations: names, and under names of one's own tables with parameters, as in strict = { rule = "threshold", threshold = 0.8 }, or functions fun(p: number[], tree: swerve.Hierarchy): integer[] from probabilities to labels. A function that draws from math.random draws the same numbers for each document. threshold: every label with p >= threshold (threshold: the least probability of a label, default 0.5). top_down: from the root always to the most probable child, down to a leaf. top_down_threshold: the same, but the path ends before a child with p < threshold (threshold: the least probability of a label, default 0.5). leaf: the path to the most probable leaf. recursive_threshold: from the root down, every child with p >= threshold of the root and of labels that were taken (threshold: the least probability of a label, default 0.5). information_threshold: the path to the most probable node of those with enough information (bits: the least information of a node, log2(leaves of the tree / leaves below it), default half of a leaf's). plurality: from the root to the most probable child while it is as probable as every label that was passed over. hf_beta: the closed set with the largest expected hF_beta (beta: how much more recall counts than precision, default 1); default: all rules
---@field pooling? "mean"|"first"|"last"|"pooler" a text's vector: the mean of all hidden states, special tokens included; that of the first or the last token; or what the model's pooler makes of the first; default: "mean"
---@field vector_norm? number the Euclidean norm that each text's vector is scaled to, so that its length plays no part; above 0; default: vectors are not scaled
---@field trained? "all"|"layers"|"head" all weights; all but the vectors of tokens, which are a large part of a small encoder; or the head alone, on the model as it is; default: "all"
---@field fit? swerve.FitOptions with `trained = "head"`: fits the head to all documents at once, as in fit = { l2 = 1e-4 }; default: the head is trained batch by batch
---@field epochs? integer passes over the documents; in [1, 1000000]; default: 1
---@field batch? integer documents of a step; in [1, 65536]; default: 32
---@field length? integer the most tokens of a text, special tokens included; longer ones are cut at their end; in [1, 65536]; default: 64
---@field sort_within? integer shuffled documents are sorted by length within blocks of so many before they are cut into batches, which are shuffled again; 1: they are not sorted; in [1, 16777216]; default: 2048
---@field every? integer steps between evaluations; there is one after the last step; in [1, 1000000]; default: an epoch
---@field head? swerve.HeadOptions the head; default: its defaults
---@field coefficients? table<string, swerve.Schedule> numbers for the loss, by name: c.NAME; default: none
---@field lr? swerve.Schedule learning rate of AdamW; at least 0; default: required without `fit`
---@field beta1? number decay of AdamW's first moment; in [0, 1); default: 0.9
---@field beta2? number decay of AdamW's second moment; in [0, 1); default: 0.999
---@field epsilon? number keeps AdamW's quotient finite; above 0; default: 1e-08
---@field decay? number decoupled weight decay of tensors with two or more axes; in [0, 1]; default: 0.01
---@field max_grad_norm? number the gradient's norm is clipped to this; 0: it is not; at least 0; default: 1
---@field lanes? integer partial sums in which a step's gradient is added. The number decides bits. Threads and ranks (swerve run --ranks) share lanes, so that more of them than lanes have nothing to do; each lane takes as much memory as the model; in [1, 64]; default: 8; fewer for a model of more than 8 million weights, but at least 2
---@field keep? swerve.KeepOptions which step gives the result; default: the last step's weights are the result
---@field stop_when? fun(metrics: table<string, number>, step: integer, state: table): (boolean, string?) called after each step with its metrics, those of evaluations where it has one: true ends the stage there, after an evaluation; the second result is the reason, for records. See swerve.stop; default: the stage runs all steps
---@field seed? integer of all random numbers of this stage; in [0, 9007199254740992]; default: the run's seed

---Adding two whole numbers with a scratchpad, character by character.
---@class swerve.AdditionOptions
---@field comfort integer the most digits of an operand that pre-training shows, N; in [1, 15]
---@field plus? integer K of the set plusK that fine-tuning trains on; 0: comfort; in [0, 14]; default: 0
---@field plus_share? number probability that a pre-training text is from plusK; in [0, 1]; default: 0
---@field hard_digits? integer[] training draws the hard operand's length from {lo, hi}; in [1, 15]; default: comfort + plus
---@field lengths? "independent"|"balanced" of the operands of comfort problems, which pre-training shows. independent: each has 1 to `comfort` digits, so that most problems are long; balanced: the longer one has 1 to `comfort` digits, all equally often, and the other as many in half of the problems, else fewer; default: "independent"

---A task of your own: prompts that functions draw, and rewards that a function gives to answers.
---@class swerve.CustomTaskOptions
---@field name? string letters, digits and '_', for errors and plans; default: "custom"
---@field alphabet? string|string[] every character of prompts and answers, once; a character is a token. A list is joined. Characters are Unicode's code points, and texts are compared by them: é is one token or, with a combining accent, two; default: the tokens of the model that the stage starts from
---@field prompt fun(rng: swerve.Rng): string|{ text: string } draws a problem of the set `training`: its prompt, or a table with the prompt as `text` and whatever else the other functions are to know, of plain data. They get a copy of the table in place of the prompt
---@field sets? table<string, fun(rng: swerve.Rng): string|{ text: string }> more problem sets for evaluations, such as { hard = function(rng) ... end }; default: none
---@field solution? fun(problem: string|table): string the right answer, without `stop`; default: none: nothing to pre-train on
---@field text? fun(rng: swerve.Rng): string draws a whole text to pre-train on, `stop` included; default: a prompt of `prompt`, its solution and `stop`
---@field reward? fun(problem: string|table, answer: string, finished: boolean): number of an answer without its `stop`; finished: whether it had one; default: 1 if the answer is the solution, else 0
---@field success? fun(problem: string|table, answer: string, finished: boolean): boolean whether an answer counts in success/SET; default: a reward above 0
---@field critical? fun(problem: string|table, answer: string, solution: string): integer[] positions in the answer, from 1 and rising, where the solution's character decides: the column `critical`. They count characters, whatever the tokens are: the token that has the character is critical; default: none
---@field stop? string|string[] an answer ends with this text, or any of several, at the token that completes it. It also ends at the token with which the model ends a text, where it has one; with {} at nothing else; default: "\n"
---@field longest_prompt? integer tokens of the longest prompt, with those that the tokenizer begins every text with; in [1, 65536]; default: 64
---@field limit? integer tokens of the longest answer, `stop` included; in [1, 65536]; default: 64

---How the records of a file are split into parts.
---@class swerve.SplitOptions
---@field by string the field whose hash says where a record belongs: text or a number, best a name of its own
---@field parts table<string, number> the share of each part by name, together at most 1; records beyond are in none; each in (0, 1]
---@field seed? integer another seed gives another split; in [0, 9007199254740992]; default: 0

---Whose chat format swerve.chat follows, and how its text ends.
---@class swerve.ChatOptions
---@field format? "chatml"|"smollm2"|"qwen2"|"qwen2.5"|"llama3" a chat format by name; smollm2, qwen2 and qwen2.5 are chatml with the system message of these models; default: that of the model
---@field model? string the path of a model, from the script's folder; it is an input of the run; default: in a function of a task, the model whose tokens it has
---@field add_generation_prompt? boolean whether the text goes on with the start of an answer; default: true

---All generated tokens of a batch, text after text; columns are tensors.
---@class swerve.Tokens
---@field count integer generated tokens in all texts
---@field rows integer texts
---@field logp swerve.Tensor log-probability of the token under the policy, at the sampling temperature
---@field entropy swerve.Tensor entropy of the policy before the token, in nats
---@field value swerve.Tensor the critic's estimate before the token
---@field kl_full swerve.Tensor exact KL of policy to reference over the vocabulary, in nats
---@field ref_logp swerve.Tensor log-probability of the token under the reference
---@field ref_entropy swerve.Tensor entropy of the reference before the token, in nats
---@field ref_max_prob swerve.Tensor the reference's largest probability, at the sampling temperature
---@field certainty swerve.Tensor the reference's certainty by the measure and at the temperature of `kl`
---@field certainty_max_prob swerve.Tensor max p of the reference at `kl.temperature`
---@field certainty_negentropy_max_prob swerve.Tensor 1 + log(max p) / log V at `kl.temperature`
---@field certainty_negentropy swerve.Tensor 1 - H(p) / log V at `kl.temperature`
---@field certainty_sample swerve.Tensor p of the token itself under the reference at `kl.temperature`
---@field advantage swerve.Tensor the estimate that the option `advantage` names, after `normalize`; in losses and logs what the rule gave in place of it
---@field returns swerve.Tensor what the critic should say: with gae advantage + value before `normalize`, else discounted rewards
---@field reward swerve.Tensor reward at the token: the episode's at its last one, else 0
---@field position swerve.Tensor position of the token in its generated text, from 1
---@field row swerve.Tensor number of the text in the batch, from 1
---@field problem swerve.Tensor number of the text's problem in the batch, from 1: the same for the texts of a group
---@field token swerve.Tensor the token's number in the tokenizer's vocabulary, from 0
---@field mask swerve.Tensor 1 at every generated token; there is no padding
---@field critical swerve.Tensor 1 at the task's own critical tokens, else 0
---@field mistake swerve.Tensor 1 at a text's first token that is not the solution's, else 0
---@field truncated swerve.Tensor 1 at every token of an answer that a limit of length ended, the task's or the context's, else 0
---@field old_logp swerve.Tensor log-probability of the token when it was collected
---@field old_value swerve.Tensor the critic's estimate before the token when it was collected
---@field kl_weight swerve.Tensor the rule's weight of the KL penalty
---@field policy_weight swerve.Tensor the rule's weight of the policy term; 1 without
---@field entropy_weight swerve.Tensor the rule's weight of the entropy term; 1 without
---@field clip_low swerve.Tensor the rule's lower clip range; the coefficient `clip` without
---@field clip_high swerve.Tensor the rule's upper clip range; the coefficient `clip` without
---@field logits swerve.Tensor (tokens, V): the policy's logits, not divided by the temperature
local tokens = {}

---A column as a list of numbers.
---@param name string of the column
---@return number[] one for each token
function tokens:numbers(name) end

---A column from a list of numbers.
---@param values number[] one for each token
---@return swerve.Tensor
function tokens:tensor(values) end

---The text of one token.
---@param index integer of the token in the batch, from 1
---@return string
function tokens:text(index) end

---Random numbers of one call of a hook: the same for the same seed, purpose, step and row. Gone after the call.
---@class swerve.Rng
local rng = {}

---A number in [0, 1), a multiple of 2^-24.
---@return number
function rng:uniform() end

---A standard normal number.
---@return number
function rng:normal() end

---A whole number in 0..n-1.
---@param n integer how many numbers there are
---@return integer
function rng:below(n) end

---A whole number in low..high.
---@param low integer the least
---@param high integer the largest
---@return integer
function rng:within(low, high) end

---A column of numbers in [0, 1), one for each token, in order.
---@return swerve.Tensor
function rng:column() end

---The records of a file: `#data` of them, `data[i]` from 1. Each is a table of its own, so that changing it changes nothing else. Whole numbers are integers, and null is absent. Every value of a CSV file is text: `tonumber` makes a number of one.
---@class swerve.Data
---@field [integer] table
---@operator len: integer
local data = {}

---A record that is drawn at random, each as likely as any other.
---@param rng swerve.Rng
---@return table the record
---@return integer its number
function data:draw(rng) end

---The record whose turn it is. The problems of a stage take the records one after the other, from step to step, so that each epoch has every record once. Each epoch is shuffled by the seed; an evaluation has an order of its own, the same each time.
---@param rng swerve.Rng that of `prompt`, of a function in `sets`, or of `text`
---@return table the record
---@return integer its number
---@return integer the epoch, from 1
function data:walk(rng) end

---The records in order, for a loop.
---@return fun(): integer, table gives the number and the record
function data:each() end

---Parts of the records, by name, each as `data` itself; their records are numbered from 1. Which part a record belongs to follows from the field alone: it stays there when records are added, removed or sorted, and records with the same value stay together. The hash is FNV-1a (64 bits) of the UTF-8 of SEED/VALUE, mixed by MurmurHash3's finalizer; its upper 53 bits as a number in [0, 1) are compared with the shares, in the order of the names. Only while the script loads.
---@param options swerve.SplitOptions
---@return table<string, swerve.Data> the parts by name
function data:split(options) end

---The values that swerve.options declared, as `--set` left them. Read only.
---@class swerve.Options
---@field [string] any

---A stage of an experiment: return it, or start another one `from` it.
---@class swerve.Stage

---What a model learns.
---@class swerve.Task

---A rule of swerve.rules. It can be called as a function of t, step, rng, state and metrics.
---@class swerve.Rule
---@overload fun(t: swerve.Tokens, step: integer, rng: swerve.Rng, state: table, metrics: table<string, number>): (swerve.Weights, table<string, number|swerve.Tensor>?)

---This step's numbers by name: those below and what the option `coefficients` added. Read only.
---@class swerve.Coefficients
---@field [string] number
---@field vf number coefficient of the critic's squared error
---@field entropy number coefficient of the entropy bonus
---@field kl number coefficient of the KL penalty; 0 where the penalty is in the reward
---@field temperature number of sampling and of every log-probability; `t.logits` are not divided by it
---@field gamma number discount
---@field gae_lambda number lambda of generalized advantage estimation
---@field estimator "k1"|"k2"|"k3"|"full"|"k3_straight"|"k3_unbiased" the option `kl.estimator`
---@field aggregate "tokens"|"sequences"|"constant" the option `aggregate`
---@field aggregate_length integer the option of this name, where it is given
---@field ratio "token"|"sequence" the option `ratio`
---@field clip number the option `clip`, where the algorithm has it
---@field value_clip number the option `value_clip`, where it is given
---@field value_loss "plain"|"clipped" clipped with the option `value_clip`, else plain

---A tree of labels, `#tree` of them. Its operations on tensors work on each document alone; what they give is differentiable.
---@class swerve.Hierarchy
local hierarchy = {}

---The logarithm of the softmax among siblings: log P(label | parent).
---@param x swerve.Tensor (documents, labels): one number for each document and label
---@return swerve.Tensor (documents, labels): one number for each document and label
function hierarchy:sibling_log_softmax(x) end

---The logarithm of the softmax over all leaves; of an inner label, of the sum over the leaves below it.
---@param x swerve.Tensor (documents, labels): one number for each document and label; only leaves are read
---@return swerve.Tensor (documents, labels): one number for each document and label
function hierarchy:leaf_log_softmax(x) end

---The sum over the label and all labels above it.
---@param x swerve.Tensor (documents, labels): one number for each document and label
---@return swerve.Tensor (documents, labels): one number for each document and label
function hierarchy:path_sum(x) end

---The sum over the label and all labels below it.
---@param x swerve.Tensor (documents, labels): one number for each document and label
---@return swerve.Tensor (documents, labels): one number for each document and label
function hierarchy:subtree_sum(x) end

---A label's name.
---@param label integer its number
---@return string
function hierarchy:name(label) end

---A label's number.
---@param name string of the label
---@return integer from 1
function hierarchy:index(name) end

---The label above; nil for a child of the root.
---@param label integer its number
---@return integer?
function hierarchy:parent(label) end

---The labels below a label, or below the root.
---@param label integer its number
---@return integer[] rising; empty for a leaf
function hierarchy:children(label) end

---The labels from the root's child down to this one, counted.
---@param label integer its number
---@return integer 1 for the children of the root
function hierarchy:depth(label) end

---The documents of a step. Columns are tensors with a number for each document and label: a label is an entry of what tensors call the vocabulary, a document a row of one token.
---@class swerve.Documents
---@field count integer documents
---@field labels integer labels of the hierarchy
---@field tree swerve.Hierarchy the hierarchy
---@field logits swerve.Tensor the model's score of each label; differentiable
---@field target swerve.Tensor 1 for the document's labels and all above them, 0 for the others
---@field log_prior swerve.Tensor log of the label's share among its siblings in the training documents, n / (sum of n over the siblings); a label without documents counts as one. The same for each document
---@field distance swerve.Tensor edges of the tree to the nearest of the document's labels, divided by the largest distance of two labels; 0 at the document's own labels
---@field asked swerve.Tensor 1 for the children of the root and of the document's labels, which a top-down classifier decides about
---@field ends swerve.Tensor 1 for the document's labels without one of its labels below them: where its paths end

---This step's numbers by name: what the option `coefficients` gave. Read only.
---@class swerve.Numbers

---Numbers of one shape: a scalar, one for each token, or V for each token. Never changed in place.
---@class swerve.Tensor
---@operator add(number|swerve.Tensor): swerve.Tensor
---@operator sub(number|swerve.Tensor): swerve.Tensor
---@operator mul(number|swerve.Tensor): swerve.Tensor
---@operator div(number|swerve.Tensor): swerve.Tensor
---@operator pow(number|swerve.Tensor): swerve.Tensor
---@operator unm: swerve.Tensor
local tensor = {}

---a + b; gradient to both
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:add(b) end

---a - b; gradient to both
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:sub(b) end

---a * b; gradient to both
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:mul(b) end

---a / b; gradient to both
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:div(b) end

---a ^ b, with 0 ^ 0 = 1; gradient to both, finite at a = 0 for b >= 1
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:pow(b) end

----x
---@return swerve.Tensor
function tensor:neg() end

---e ^ x
---@return swerve.Tensor
function tensor:exp() end

---natural logarithm: -inf at 0, NaN below
---@return swerve.Tensor
function tensor:log() end

---magnitude; gradient 0 at 0
---@return swerve.Tensor
function tensor:abs() end

---square root: NaN below 0, infinite gradient at 0
---@return swerve.Tensor
function tensor:sqrt() end

---x * x
---@return swerve.Tensor
function tensor:square() end

---hyperbolic tangent
---@return swerve.Tensor
function tensor:tanh() end

---1 / (1 + e ^ -x)
---@return swerve.Tensor
function tensor:sigmoid() end

---the logarithm of sigmoid, without its rounding to 0
---@return swerve.Tensor
function tensor:log_sigmoid() end

---the same values, through which no gradient flows
---@return swerve.Tensor
function tensor:detach() end

---x limited to lo..hi; gradient to x where lo <= x <= hi
---@param lo number|swerve.Tensor
---@param hi number|swerve.Tensor
---@return swerve.Tensor
function tensor:clamp(lo, hi) end

---a where condition is not 0, else b; gradient to the one taken
---@param a number|swerve.Tensor
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:where(a, b) end

---min(x): the smallest of all; min(a, b): elementwise; gradient to the chosen, at ties the first
---@param other? number|swerve.Tensor
---@return swerve.Tensor
function tensor:min(other) end

---max(x): the largest of all; max(a, b): elementwise; gradient to the chosen, at ties the first
---@param other? number|swerve.Tensor
---@return swerve.Tensor
function tensor:max(other) end

---1 where a < b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:lt(b) end

---1 where a <= b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:le(b) end

---1 where a > b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:gt(b) end

---1 where a >= b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:ge(b) end

---1 where a equals b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:eq(b) end

---1 where a differs from b, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:ne(b) end

---1 where neither is 0, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:logical_and(b) end

---1 where at least one is not 0, else 0; no gradient
---@param b number|swerve.Tensor
---@return swerve.Tensor
function tensor:logical_or(b) end

---1 where x is 0, else 0; no gradient
---@return swerve.Tensor
function tensor:logical_not() end

---the sum of all values; 0 for none
---@return swerve.Tensor
function tensor:sum() end

---the mean of all values
---@return swerve.Tensor
function tensor:mean() end

---the population standard deviation of all values; gradient 0 where it is 0
---@return swerve.Tensor
function tensor:std() end

---the q-quantile of all values, interpolated as numpy does by default; no gradient
---@param q number
---@return swerve.Tensor
function tensor:quantile(q) end

---how many tokens of the batch are smaller (ties by place, NaN last), from 0; no gradient
---@return swerve.Tensor
function tensor:rank() end

---the sum of the token's row, at each token
---@return swerve.Tensor
function tensor:row_sum() end

---the mean of the token's row, at each token
---@return swerve.Tensor
function tensor:row_mean() end

---the smallest value of the token's row, at each token
---@return swerve.Tensor
function tensor:row_min() end

---the largest value of the token's row, at each token
---@return swerve.Tensor
function tensor:row_max() end

---the population standard deviation of the token's row, at each token
---@return swerve.Tensor
function tensor:row_std() end

---the q-quantile of the token's row, at each token; no gradient
---@param q number
---@return swerve.Tensor
function tensor:row_quantile(q) end

---softmax over the token's row
---@return swerve.Tensor
function tensor:row_softmax() end

---the sum of the token's row up to and including the token
---@return swerve.Tensor
function tensor:cumsum() end

---over all tokens of the batch; with a vocabulary axis, over the vocabulary
---@return swerve.Tensor
function tensor:softmax() end

---the logarithm of softmax, without its rounding to 0
---@return swerve.Tensor
function tensor:log_softmax() end

---the sum over the vocabulary, for each token
---@return swerve.Tensor
function tensor:vocab_sum() end

---the largest over the vocabulary, for each token
---@return swerve.Tensor
function tensor:vocab_max() end

---of each token the vocabulary entry that the index column names (from 0)
---@param index number|swerve.Tensor
---@return swerve.Tensor
function tensor:gather(index) end

---the number in a scalar
---@return number
function tensor:item() end

---the number of tokens
---@return integer
function tensor:count() end

---one value, by row, position and, with a vocabulary axis, entry (row and position from 1, entry from 0)
---@param row integer
---@param position integer
---@param entry? integer
---@return number
function tensor:at(row, position, entry) end

---@class swerve
local swerve = { tasks = {} }

---Declares what `--set KEY=VALUE` can change, with defaults: numbers, strings of UTF-8 or booleans. Call it once.
---@param defaults table<string, number|string|boolean> names and default values
---@return swerve.Options the values by name; reading an unknown name is an error
function swerve.options(defaults) end

---Pre-training: next-token prediction on texts that the task draws. This makes a stage; nothing runs yet.
---@param options swerve.PretrainOptions
---@return swerve.Stage
function swerve.pretrain(options) end

---Fine-tuning by reinforcement. This makes a stage; nothing runs yet.
---@param options swerve.FinetuneOptions
---@return swerve.Stage
function swerve.finetune(options) end

---A tree of labels from a file below the script's folder: each line is a parent and its children, separated by tabs, the root first. The root is no label; labels are numbered from 1 in the order in which they are named as children. The file is an input of the run as the script is. Only while the script loads.
---@param path string from the script's folder, ending in .tsv; UTF-8, at most 4 MiB
---@return swerve.Hierarchy
function swerve.hierarchy(path) end

---Classification of texts into a tree of labels (arXiv 2410.01305): a linear head on the texts' vectors, without dropout. This makes a stage; nothing runs yet.
---@param options swerve.ClassifyOptions
---@return swerve.Stage
function swerve.classify(options) end

---Adding two whole numbers with a scratchpad, character by character.
---@param options swerve.AdditionOptions
---@return swerve.Task
function swerve.tasks.addition(options) end

---A task of your own: prompts that functions draw, and rewards that a function gives to answers.
---@param options swerve.CustomTaskOptions
---@return swerve.Task
function swerve.tasks.custom(options) end

---The text of a file below the script's folder. It is an input of the run as the script is: its digest is recorded, a copy kept. Only while the script loads.
---@param path string from the script's folder, ending in .txt; UTF-8, at most 1 MiB
---@return string as it is in the file, a byte order mark included
function swerve.text(path) end

---The records of a file below the script's folder: one JSON object a line, or the rows of a CSV file (RFC 4180), whose first row names the fields. It is an input of the run as the script is: its digest is recorded. A run keeps a copy of a file of at most 32 MiB; a larger one stays where it is, is read as needed, and must be the same there when the run is resumed or replayed (`swerve pack` takes it along). Only while the script loads.
---@param path string from the script's folder, ending in .jsonl or .csv; UTF-8, with or without a byte order mark, at most 1 GiB, 33554432 records, 1 MiB a record, values nested at most 32 deep
---@return swerve.Data
function swerve.data(path) end

---The text that a model's own chat format makes of messages. In a function of a task it is the format of the model whose tokens the task has; elsewhere `format` or `model` names one.
---@param messages { role: "system"|"user"|"assistant"|"tool", content: string }[] in order; some formats put a system message of their own in front where there is none
---@param options swerve.ChatOptions
---@return string with the model's special tokens as text
function swerve.chat(messages, options) end

return swerve
