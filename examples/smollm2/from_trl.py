"""Two-digit sums by GRPO in TRL: the counterpart of from-trl.lua, option by option (docs/from-trl.md).

    pip install torch trl
    python from_trl.py [MODEL] [--updates N]     MODEL: a folder or a name on the Hugging Face hub

Look at: the line of numbers that each update prints. Written for TRL 1.16.0, transformers 5.24.0 and torch 2.15.0.
"""
import argparse
import random
import re

from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

arguments = argparse.ArgumentParser()
arguments.add_argument("model", nargs="?", default="HuggingFaceTB/SmolLM2-135M-Instruct")
arguments.add_argument("--updates", type=int, default=4)
o = arguments.parse_args()
PROBLEMS, ANSWERS = 16, 4
draw = random.Random(1)


def problem():
    a, b = draw.randint(10, 99), draw.randint(10, 99)
    return {"prompt": f"12 + 5 = 17\n8 + 31 = 39\n{a} + {b} =", "answer": str(a + b)}


# Of all answers of an update at once. The column `answer` of the data comes as a list.
def reward(completions, answer, **_):
    found = [re.match(r" *(\d+)\n", completion) for completion in completions]
    return [float(bool(match) and match[1] == right) for match, right in zip(found, answer)]


config = GRPOConfig(
    output_dir="from-trl", seed=1,
    use_cpu=True, bf16=False, gradient_checkpointing=False, model_init_kwargs={"dtype": "float32"},
    max_steps=o.updates, per_device_train_batch_size=PROBLEMS * ANSWERS, num_generations=ANSWERS,
    max_completion_length=6, learning_rate=1e-5, beta=0.05,
    logging_steps=1, save_strategy="no",
)
trainer = GRPOTrainer(
    model=o.model, reward_funcs=reward, args=config,
    train_dataset=Dataset.from_list([problem() for _ in range(PROBLEMS * o.updates)]),
)
trainer.train()
