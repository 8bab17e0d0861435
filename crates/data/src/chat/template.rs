//! Chat templates as tokenizers bring them: Jinja, rendered as `apply_chat_template` of the transformers library does, but for tools,
//! documents, HTML in `tojson`, and the date, which would make of the same data other tokens each day.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use minijinja::{Environment, Error, ErrorKind, Value, context, syntax::SyntaxConfig};
use minijinja_contrib::pycompat::unknown_method_callback;
use regex::Regex;

use super::Turn;
use crate::{DataError, Tokenizer};

/// For tokenizers that bring none. The first line break behind a block is the block's.
const BUILT_IN: &str = "\
{% for message in messages %}### {{ message.role }}:
{{ message.content }}{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}

{% endfor %}{% if add_generation_prompt %}### assistant:
{% endif %}";
const NAME: &str = "chat_template.jinja";
/// Steps that a template may take. Published ones need some dozens a turn.
const FUEL: u64 = 1 << 22;
/// No template has a reason to say this; what it says behind it ends an answer.
const ANSWER: &str = "that much can be told";

/// Marks of what the assistant says, which transformers takes for its masks and other readers have to pass over.
static MARKS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})").expect("the pattern is right"));

/// Makes a text of a conversation.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    ends: Vec<u32>,
}

impl ChatTemplate {
    /// The tokenizer's, or else the built-in one.
    pub fn of(tokenizer: &Tokenizer) -> Result<Self, DataError> {
        let source = tokenizer.template().unwrap_or(BUILT_IN);
        if source == BUILT_IN && tokenizer.closing().is_none() {
            return Err(DataError::NoClosing);
        }
        let mut template = Self::compiled(source)?;
        for (key, name) in tokenizer.names() {
            template.environment.add_global(key, name);
        }
        template.ends = template.ends(tokenizer)?;
        Ok(template)
    }

    /// The one for tokenizers that bring none, without the token that ends an answer.
    pub fn built_in() -> Self {
        Self::compiled(BUILT_IN).expect("it is well formed")
    }

    /// The text of the built-in one.
    pub const fn built_in_text() -> &'static str {
        BUILT_IN
    }

    fn compiled(source: &str) -> Result<Self, DataError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| unfit(&error))?);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_fuel(Some(FUEL));
        environment.add_function("raise_exception", raise);
        // Templates ask whether they are none, which what is undefined is not.
        for absent in ["tools", "documents"] {
            environment.add_global(absent, Value::from(()));
        }
        let source = MARKS.replace_all(source, |found: &regex::Captures<'_>| {
            format!("{}{}{}", &found[1], if found.get(2).is_some() { "endif" } else { "if true" }, &found[3])
        });
        environment.add_template_owned(NAME, source.into_owned()).map_err(|error| unfit(&error))?;
        Ok(Self { environment, ends: Vec::new() })
    }

    /// The whole conversation.
    pub fn text(&self, turns: &[Turn]) -> Result<String, DataError> {
        self.rendered(turns, Value::from(false))
    }

    /// The conversation up to where the assistant is to speak.
    pub fn prompt(&self, turns: &[Turn]) -> Result<String, DataError> {
        self.rendered(turns, Value::from(true))
    }

    /// The tokens of that prompt, at least one.
    pub fn asked(&self, turns: &[Turn], tokenizer: &Tokenizer) -> Result<Vec<u32>, DataError> {
        let ids = tokenizer.encode(&self.prompt(turns)?)?;
        let reason = "it writes nothing before an answer".to_owned();
        if ids.is_empty() { Err(DataError::ChatTemplate { reason }) } else { Ok(ids) }
    }

    /// The tokens that may end an answer.
    pub fn endings(&self) -> &[u32] {
        &self.ends
    }

    /// The whole conversation, and where in it the assistant speaks, what ends its answers included: all that follows the prompt of
    /// each.
    pub fn answers(&self, turns: &[Turn]) -> Result<(String, Vec<Range<usize>>), DataError> {
        let whole = self.text(turns)?;
        let answers = turns.iter().enumerate().filter(|(_, turn)| turn.is_answer());
        let places = answers.map(|(index, _)| {
            let (before, after) = (self.prompt(&turns[..index])?, self.text(&turns[..=index])?);
            let end = shared(&after, &whole);
            let apart = whole.starts_with(&before) && end > before.len();
            if apart { Ok(before.len()..end) } else { Err(moved(index)) }
        });
        let places = places.collect::<Result<_, _>>()?;
        Ok((whole, places))
    }

    fn rendered(&self, turns: &[Turn], add_generation_prompt: Value) -> Result<String, DataError> {
        let message = |Turn { role, content }: &Turn| context! { role, content };
        let messages: Vec<Value> = turns.iter().map(message).collect();
        let template = self.environment.get_template(NAME).expect("it was added");
        template.render(context! { messages, add_generation_prompt }).map_err(|error| unfit(&error))
    }

    /// The token that ends texts, and special ones that the template puts behind an answer.
    fn ends(&self, tokenizer: &Tokenizer) -> Result<Vec<u32>, DataError> {
        let turns = [Turn::user("What can be told?"), Turn::assistant(ANSWER)];
        let text = self.text(&turns)?;
        let behind = text.rsplit_once(ANSWER).map_or("", |(_, behind)| behind);
        let special: BTreeSet<u32> = tokenizer.special().into_iter().collect();
        let behind = tokenizer.encode(behind)?.into_iter().filter(|id| special.contains(id));
        Ok(behind.chain(tokenizer.closing()).collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// How many bytes two texts begin with alike, whole characters.
fn shared(one: &str, other: &str) -> usize {
    let alike = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    alike.map(|(character, _)| character.len_utf8()).sum()
}

/// How templates refuse a conversation.
fn raise(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

fn unfit(error: &Error) -> DataError {
    let reason = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
    let line = error.line().map(|line| format!(" in its line {line}")).unwrap_or_default();
    DataError::ChatTemplate { reason: format!("{reason}{line}") }
}

fn moved(turn: usize) -> DataError {
    DataError::ChatTemplate {
        reason: format!(
            "it writes what precedes message {} otherwise when more follows, so where its answer begins is unknown",
            turn + 1
        ),
    }
}
