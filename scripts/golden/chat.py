#!/usr/bin/env python3
"""Golden texts of chat templates: what `apply_chat_template` of transformers makes of conversations.

    pip install transformers tokenizers jinja2
    nice python scripts/golden/chat.py            # writes crates/data/tests/golden/chat.json
    nice python scripts/golden/chat.py --check    # regenerates in memory and compares, writes nothing

Templates are written here after what their models' documentation says of the format, each with the means of Jinja that
published ones use: conditions on roles, `raise_exception`, slices, namespaces, methods of Python's strings and dicts, filters,
macros, loop controls, and whitespace that tags take away. The tokenizer is a byte-level one of few merges, learned here.

A conversation that a template refuses has the reason as `error`. `masked` holds ids, and for each whether it is the
assistant's, from a template that marks with `{% generation %}` what the assistant says.
"""
import golden
import json, sys
import jinja2, tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

FILE = golden.folder("data") / "chat.json"
SPECIAL = ["<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>", "<|system|>"]

TEMPLATES = {
    "chatml": "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' "
        "+ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "llama-2": "{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set told = messages[0]['content'] %}"
        "{% else %}{% set rest = messages %}{% set told = false %}{% endif %}"
        "{% for message in rest %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('user and assistant must speak in turn') }}{% endif %}"
        "{% if loop.index0 == 0 and told != false %}{% set said = '<<SYS>>\n' + told + '\n<</SYS>>\n\n' + message['content'] %}"
        "{% else %}{% set said = message['content'] %}{% endif %}"
        "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + said.strip() + ' [/INST]' }}"
        "{% elif message['role'] == 'assistant' %}{{ ' ' + said | trim + ' ' + eos_token }}{% endif %}{% endfor %}",
    "zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + "
        "eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n' + message['content'] + eos_token }}\n{% endif %}\n"
        "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "means": "{#- a comment -#}\n{%- set state = namespace(count=0, names=[]) -%}\n"
        "{%- macro head(role) -%}\n    [{{ role.upper() }}{{ ':' if not loop }}]\n{%- endmacro -%}\n"
        "{%- if tools is not none %}{{ raise_exception('no tools here') }}{% endif -%}\n"
        "{%- for message in messages if message.role != 'system' %}\n"
        "    {%- if message.get('hidden', false) or message.content is not string %}{% continue %}{% endif %}\n"
        "    {%- set state.count = state.count + 1 %}\n    {%- set state.names = state.names + [message.role[:1]] %}\n"
        "    {{- head(message.role) }}\n  {% if message.content.startswith('Wh') %}\n  asks\n  {% endif %}\n"
        "{{ message.content.split(' ')[-1].rstrip('?!.') | default('x') }} {{ message['content'] | length }}\n"
        "{%- endfor %}\n{{ state.count }} {{ state.names | join('-') }}{% for key, value in {'a': 1}.items() %} {{ key }}={{ value }}"
        "{% endfor %} {{ missing }}{{ 'yes' if bos_token is defined and pad_token is not defined }}{{ eos_token }}\n"
        "{%- if add_generation_prompt %}{{ head('assistant') }}{% endif %}",
    "generation": "{%- for message in messages %}\n    {%- if message.role == 'assistant' %}\n"
        "        {{- '<|im_start|>assistant\n' }}\n        {%- generation %}\n        {{- message.content + '<|im_end|>\n' }}\n"
        "        {%- endgeneration %}\n    {%- else %}\n"
        "        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}\n    {%- endif %}\n{%- endfor %}\n"
        "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\n' }}\n{%- endif %}",
}

def turns(*said, system=None):
    """Who is asked speaks first."""
    head = [("system", system)] if system is not None else []
    rest = [(("user", "assistant")[i % 2], content) for i, content in enumerate(said)]
    return [{"role": role, "content": content} for role, content in head + rest]

CONVERSATIONS = [
    turns("Hello"),
    turns("What is it?", "A question."),
    turns("  Spaces around \n", " and\n\nlines within ", "Größe 漢字 🙂?", "Ja!", system="Be brief."),
    turns("<b>'1' & \"2\"</b> {{ x }} {% if %}", "</s> [INST]", "", "-"),
    turns("Why?", "Because.", "Wherefore?", "So.", "When?", system=""),
    [{"role": "assistant", "content": "I begin."}],
    [{"role": "system", "content": "No more."}],
]

def tokenizer():
    """Bytes and some merges, with special tokens of several formats."""
    library = Tokenizer(models.BPE(unk_token=None))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    library.decoder = decoders.ByteLevel()
    texts = [message["content"] for conversation in CONVERSATIONS for message in conversation]
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    library.train_from_iterator(texts * 3, trainer)
    return library, PreTrainedTokenizerFast(tokenizer_object=library, bos_token="<s>", eos_token="</s>", unk_token="<unk>")

def rendered(model, template, conversation, prompts):
    try:
        return {"text": model.apply_chat_template(conversation, chat_template=template, tokenize=False, add_generation_prompt=prompts)}
    except jinja2.exceptions.TemplateError as error:
        return {"error": str(error)}

def masked(model, conversation):
    found = model.apply_chat_template(conversation, chat_template=TEMPLATES["generation"], tokenize=True, return_dict=True,
        return_assistant_tokens_mask=True)
    return {"ids": found["input_ids"], "mask": found["assistant_masks"]}

def main():
    checks, (library, model) = golden.asks_to_check(__doc__), tokenizer()
    both = lambda template, c: [rendered(model, template, c, prompts) for prompts in (False, True)]
    found = {
        "command": "python scripts/golden/chat.py",
        "versions": {m.__name__: m.__version__ for m in (golden.transformers, jinja2, tokenizers)},
        "tokenizer": json.loads(library.to_str()), "special": model.special_tokens_map, "templates": TEMPLATES,
        "conversations": CONVERSATIONS,
        "rendered": {name: [both(template, c) for c in CONVERSATIONS] for name, template in TEMPLATES.items()},
        "masked": [masked(model, c) for c in CONVERSATIONS]}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"
    if checks:
        sys.exit(text != FILE.read_text())
    FILE.write_text(text)

if __name__ == "__main__":
    main()
