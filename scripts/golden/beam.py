#!/usr/bin/env python3
"""Golden file of beam search: what transformers' `generate` finds in made-up languages.

    pip install torch transformers safetensors
    nice python scripts/golden/beam.py            # writes crates/engine/tests/golden/beam.json
    nice python scripts/golden/beam.py --check    # regenerates in memory and compares, writes nothing

A language is a table of log-probabilities, `languages[language][step][previous token][token]`; the search begins with
`step` 0 and the token `start`. That the table depends on the step keeps two orders of the same pairs from being a tie.
Each search holds its settings and what `generate` returned, best first: `sequences`, the tokens after `start` with their
`end` where it was reached, and `scores`. One beam is greedy search, for which `generate` tells no score; there the score
is the sum of log-probabilities over length ** length_penalty, which early stopping has no part in.

`search` below says the rules of transformers in plain Python, and every search is compared with it before it is written
(by generation/utils.py of the version in the file: `_beam_search` and the functions above it):

- A score is the sum of log-probabilities / length ** length_penalty. The length counts what was generated, `end` included
  and the prompt (or a decoder's start token) excluded.
- Each step ranks the continuations of all beams by their sum and keeps the best 2 * beams. Those that end and rank among
  the first `beams` are finished; one that ends below is dropped. The best `beams` that do not end go on.
- At the last step every continuation counts as ended: the first `beams` are finished as they are.
- Of the finished ones the `beams` with the best scores are kept; where there are that many, the search is full.
- With early stopping a full search ends. Without, it ends once the best running sum / length ** length_penalty, length
  being what is generated so far, is no better than the worst score kept: a guess, as a longer one may yet score better.
  Transformers makes this test with early stopping too, but a full search has ended by then.
- The rules of a search that has some change log-probabilities and leave the others as they are: minus infinity for bad
  words (`end` is none), for what repeats an n-gram, and for `end` while `start` and what follows are fewer than
  `min_length`. A forced token has the log-probability 0, the first one and that at the greatest length, and others none.
"""
import golden
import itertools, json, sys
import torch
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

FILE = golden.folder("engine") / "beam.json"
LANGUAGES, VOCABULARY, STEPS = 6, 7, 8
START, PADDING, END = 0, 1, 2
SEED, PEAK = 59, 1.5
BEAMS, PENALTIES, EARLY = (1, 2, 4), (0.0, 0.6, 1.0, 2.0), (False, True)
RULES = (
    {"bad_words_ids": [[3], [END]], "min_length": 5},
    {"min_length": 3, "forced_bos_token_id": 5, "forced_eos_token_id": END},
    {"bad_words_ids": [[4]], "min_length": 4, "forced_bos_token_id": 4, "forced_eos_token_id": END, "no_repeat_ngram_size": 2})
RULED_PENALTY = 0.6
CHECK_TOLERANCE = 1e-5

def draw_languages():
    """Log-probabilities in which some tokens stand out, and `PADDING` never does."""
    logits = torch.randn(LANGUAGES, STEPS, VOCABULARY, VOCABULARY) * PEAK
    logits[..., PADDING] = -9.0
    return logits.log_softmax(-1)

class Language(PreTrainedModel, GenerationMixin):
    """Looks up what follows the last token."""
    config_class = PretrainedConfig

    def __init__(self, table):
        super().__init__(PretrainedConfig(vocab_size=VOCABULARY, is_decoder=True))
        self.table = torch.nn.Parameter(table)

    def forward(self, input_ids, attention_mask=None, **_):
        step = input_ids.shape[1] - 1
        return CausalLMOutput(logits=self.table[step][input_ids[:, -1]][:, None])

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, **_):
        return {"input_ids": input_ids}

def until_end(tokens):
    return tokens[: tokens.index(END) + 1] if END in tokens else tokens

def repeats(tokens, token, size):
    """Whether the token makes the last `size` a run that was there before."""
    whole = [START, *tokens, token]
    runs = [whole[i : i + size] for i in range(len(whole) - size + 1)]
    return runs[-1:] and runs[-1] in runs[:-1]

def follows(table, tokens, token, rules):
    """The log-probability of a token after others, by the rules."""
    step, impossible = len(tokens), float("-inf")
    last = rules.get("forced_eos_token_id") if step + 1 == STEPS else None
    first = rules.get("forced_bos_token_id") if step == 0 else None
    if (forced := first if last is None else last) is not None:
        return 0.0 if token == forced else impossible
    is_bad = token != END and [token] in rules.get("bad_words_ids", [])
    is_early = token == END and step + 1 < rules.get("min_length", 0)
    if is_bad or is_early or rules.get("no_repeat_ngram_size") and repeats(tokens, token, rules["no_repeat_ngram_size"]):
        return impossible
    return table[step][(tokens or [START])[-1]][token].item()

def score(table, tokens, penalty, rules):
    """In float64, the sum of log-probabilities by the length to the power of the penalty."""
    total = sum(follows(table, tokens[:step], token, rules) for step, token in enumerate(tokens))
    return total / len(tokens) ** penalty

def generate(table, beams, penalty, early, rules):
    """What transformers finds: token lists and scores, the best first."""
    beam_settings = dict(length_penalty=penalty, early_stopping=early, num_return_sequences=beams) if beams > 1 else {}
    found = Language(table).generate(
        torch.tensor([[START]]), attention_mask=torch.ones(1, 1, dtype=torch.long), num_beams=beams, do_sample=False,
        use_cache=False, max_new_tokens=STEPS, pad_token_id=PADDING, eos_token_id=END, bos_token_id=START,
        return_dict_in_generate=True, output_scores=True, **beam_settings, **rules)
    sequences = [until_end(row[1:]) for row in found.sequences.tolist()]
    exact = [score(table, tokens, penalty, rules) for tokens in sequences]
    return sequences, found.sequences_scores.tolist() if beams > 1 else exact

def search(table, beams, penalty, early, rules):
    """The same by the rules above, in float64: (score, tokens) of what was finished, and the closest decision."""
    running, finished, leads = [(0.0, [])], [], []
    for step in range(STEPS):
        candidates = sorted(((total + follows(table, tokens, token, rules), [*tokens, token])
            for total, tokens in running for token in range(VOCABULARY)), reverse=True)[: 2 * beams]
        candidates = [candidate for candidate in candidates if candidate[0] > float("-inf")]
        length, last = step + 1, step + 1 == STEPS
        ended = [(total / length ** penalty, tokens) for total, tokens in candidates[:beams] if last or tokens[-1] == END]
        ranked = sorted(finished + ended, reverse=True)
        leads += [a[0] - b[0] for rank in (candidates, ranked) for a, b in itertools.pairwise(rank)]
        finished, running = ranked[:beams], [c for c in candidates if c[1][-1] != END][:beams]
        if last or early and len(finished) == beams:
            return finished, min(leads)
        if len(finished) == beams:
            lead = running[0][0] / length ** penalty - finished[-1][0]
            leads.append(abs(lead))
            if lead <= 0.0:
                return finished, min(leads)

def one_search(languages, language, beams, penalty, early, rules):
    table = languages[language]
    sequences, scores = generate(table, beams, penalty, early, rules)
    found, lead = search(table, beams, penalty, early or beams == 1, rules)
    assert sequences == [tokens for _, tokens in found], (language, beams, penalty, early, rules)
    assert all(abs(a - b) < CHECK_TOLERANCE for a, (b, _) in zip(scores, found, strict=True))
    return {"language": language, "beams": beams, "length_penalty": penalty, "early_stopping": early, **rules,
        "sequences": sequences, "scores": [single(score) for score in scores]}, lead

def single(number):
    """The number with the fewest digits that tell it from its neighbors in float32."""
    return float(f"{torch.tensor(number).item():.9g}")

def make():
    torch.manual_seed(SEED)
    languages = draw_languages()
    plain = itertools.product(range(LANGUAGES), BEAMS, PENALTIES, EARLY, [{}])
    ruled = itertools.product(range(LANGUAGES), BEAMS, [RULED_PENALTY], EARLY, RULES)
    searches, leads = zip(*[one_search(languages, *chosen) for chosen in (*plain, *ruled)])
    table = [[[[single(number) for number in row] for row in rows] for rows in steps] for steps in languages.tolist()]
    ended = [tokens[-1] == END for search in searches for tokens in search["sequences"]]
    return {"command": "python scripts/golden/beam.py", "seed": SEED, "versions": golden.VERSIONS,
        "start": START, "padding": PADDING, "end": END, "max_new_tokens": STEPS, "smallest_lead": min(leads),
        "sequences": len(ended), "sequences_ended": sum(ended), "languages": table, "searches": searches}

def is_close(stored, made):
    """Whether two values of the file agree, its numbers within the tolerance."""
    if isinstance(stored, dict):
        return stored.keys() == made.keys() and all(is_close(stored[key], made[key]) for key in stored)
    if isinstance(stored, (list, tuple)):
        return len(stored) == len(made) and all(is_close(a, b) for a, b in zip(stored, made))
    return abs(stored - made) < CHECK_TOLERANCE if isinstance(stored, float) else stored == made

def main():
    checks, made = golden.asks_to_check(__doc__), make()
    if checks:
        sys.exit(not is_close(json.loads(FILE.read_text()), made))
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(made, separators=(",", ":")) + "\n")

if __name__ == "__main__":
    main()
