"""Loads an exported folder in transformers and compares it with what swerve says of it. Called by `make test-transformers`.

    python test-transformers.py SWERVE FOLDER MODEL [--adapters ADAPTERS] PROMPT...

FOLDER is an export, MODEL what it was exported from; with ADAPTERS, an export for peft, MODEL has adapters and FOLDER is
the model below them. For each prompt: the ids of the prompt, the greedy continuation,
and the log-probability of each of its tokens must agree.
"""
import json
import subprocess
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

swerve, folder, source, *prompts = sys.argv[1:]
tokens = 16
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
if prompts[0] == "--adapters":
    from peft import PeftModel
    model = PeftModel.from_pretrained(model, prompts[1])
    prompts = prompts[2:]
model.eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
worst = 0.0
for prompt in prompts:
    said = json.loads(subprocess.run(
        [swerve, "generate", source, "--prompt", prompt, "--max-tokens", str(tokens), "--json"],
        check=True, capture_output=True, text=True).stdout)
    ids = tokenizer(prompt)["input_ids"]
    assert ids == said["prompt_ids"], (prompt, ids, said["prompt_ids"])
    text = torch.tensor([ids + said["ids"]])
    with torch.inference_mode():
        logp = torch.log_softmax(model(text).logits[0].double(), -1)
    for i, (token, given) in enumerate(zip(said["ids"], said["logp"])):
        row = logp[len(ids) - 1 + i]
        worst = max(worst, abs(row[token].item() - given))
        best, second = row.topk(2).values.tolist()
        assert row.argmax().item() == token or best - second < 1e-3, (prompt, i, token, row.argmax().item())
    print(f"{prompt!r}: {said['text']!r}")
print(f"largest difference of a log-probability: {worst:.2g}")
assert worst < 1e-3, worst
