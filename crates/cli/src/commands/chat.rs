//! `attentive chat`: a line in, an answer out, until the input ends.

use std::{
    io::{self, BufRead, IsTerminal},
    process::ExitCode,
};

use super::uses::Use;
use crate::{arguments, output::say};

const RESET: &str = "/reset";

pub(crate) fn run(arguments: &arguments::Chat) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    let mut chat = with.opened.run.chat(&with.trained(), &arguments.chatting())?;
    let typed = io::stdin().is_terminal();
    if typed {
        eprintln!("{RESET} begins anew, Ctrl-D ends");
    }
    while let Some(line) = next(if typed { "> " } else { "" })? {
        match line.trim() {
            "" => {}
            RESET => chat.reset(),
            said => answer(&mut *chat, said)?,
        }
    }
    say(if typed { "\n" } else { "" })?;
    Ok(ExitCode::SUCCESS)
}

fn next(prompt: &str) -> io::Result<Option<String>> {
    say(prompt)?;
    let mut line = String::new();
    Ok((io::stdin().lock().read_line(&mut line)? > 0).then_some(line))
}

fn answer(chat: &mut dyn attentive_trainer::Chat, said: &str) -> anyhow::Result<()> {
    let mut written = Ok(());
    chat.answer(said, &mut |piece| {
        if written.is_ok() {
            written = say(piece);
        }
    })?;
    Ok(written.and_then(|()| say("\n"))?)
}
