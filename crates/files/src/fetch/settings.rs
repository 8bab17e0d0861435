//! Where files may come from, as the environment says, and how long to wait for them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where files may come from.
#[derive(Clone)]
pub struct Fetching {
    /// Holds what was downloaded or unpacked, for all projects of the user.
    pub cache: PathBuf,
    /// Holds `<folder>/<file>` or `<folder>/<file>.gz`, in place of the addresses.
    pub mirror: Option<PathBuf>,
    /// Forbids the network.
    pub offline: bool,
    /// Shown to Hugging Face, and to nobody else.
    pub token: Option<String>,
}

impl Fetching {
    /// Reads `ATTENTIVE_CACHE`, `ATTENTIVE_MIRROR`, `ATTENTIVE_OFFLINE` and `HF_TOKEN`.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var_os(name), std::env::home_dir())
    }

    /// A variable that is set to nothing counts as unset.
    fn from_variables(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let path = |name| set(name).map(PathBuf::from);
        let text = |name| set(name).and_then(|value| value.into_string().ok());
        let user_cache =
            || path("XDG_CACHE_HOME").unwrap_or_else(|| home.unwrap_or_default().join(".cache")).join("attentive");
        Self {
            cache: path("ATTENTIVE_CACHE").unwrap_or_else(user_cache),
            mirror: path("ATTENTIVE_MIRROR"),
            offline: set("ATTENTIVE_OFFLINE").is_some_and(|value| value != "0" && value != "false"),
            token: text("HF_TOKEN").map(|token| token.trim().to_string()).filter(|token| !token.is_empty()),
        }
    }
}

/// The token is a secret: logs and errors show at most that there is one.
impl fmt::Debug for Fetching {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Fetching")
            .field("cache", &self.cache)
            .field("mirror", &self.mirror)
            .field("offline", &self.offline)
            .field("token", &self.token.as_ref().map(|_| "(secret)"))
            .finish()
    }
}

/// The only server that is shown the token: data sets come from servers that have no business knowing it.
const TOKEN_READER: &str = "https://huggingface.co/";

/// How to treat servers: how long to wait for one, how often to ask it again, and what to tell it.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    /// Until a connection stands.
    pub(crate) connect: Duration,
    /// Until the next byte comes.
    pub(crate) stall: Duration,
    /// How many bytes must come in the time of a stall.
    pub(crate) least: u64,
    /// How often one address is asked again.
    pub(crate) retries: u32,
    /// Before the first retry; doubles with each.
    pub(crate) pause: Duration,
    /// The longest pause that a server may ask for.
    pub(crate) longest_pause: Duration,
    /// What an address begins with whose server is shown the token.
    pub(crate) token_reader: String,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(60),
            least: 16 * 1024,
            retries: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            token_reader: TOKEN_READER.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Fetching {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Fetching::from_variables(find, Some(PathBuf::from("/home/me")))
    }

    #[test]
    fn the_cache_is_the_most_specific_one_named() {
        assert_eq!(from(&[]).cache, PathBuf::from("/home/me/.cache/attentive"));
        assert_eq!(from(&[("XDG_CACHE_HOME", "")]).cache, PathBuf::from("/home/me/.cache/attentive"));
        assert_eq!(from(&[("XDG_CACHE_HOME", "/x")]).cache, PathBuf::from("/x/attentive"));
        assert_eq!(from(&[("XDG_CACHE_HOME", "/x"), ("ATTENTIVE_CACHE", "/y")]).cache, PathBuf::from("/y"));
    }

    #[test]
    fn offline_and_mirror_are_what_the_variables_say() {
        assert!(!from(&[]).offline && from(&[]).mirror.is_none());
        assert!(!from(&[("ATTENTIVE_OFFLINE", "0")]).offline);
        assert!(from(&[("ATTENTIVE_OFFLINE", "1")]).offline);
        assert_eq!(from(&[("ATTENTIVE_MIRROR", "/m")]).mirror, Some(PathBuf::from("/m")));
    }

    #[test]
    fn the_token_is_trimmed_and_never_shown() {
        let fetching = from(&[("HF_TOKEN", "hf_secret\n")]);
        assert_eq!(fetching.token.as_deref(), Some("hf_secret"));
        assert!(!format!("{fetching:?}").contains("hf_secret"));
        assert_eq!(from(&[("HF_TOKEN", " ")]).token, None);
    }
}
