//! The commands that use a trained model: classify, fill-mask, embed, translate, retrieve, caption, ask.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::ExitCode,
};

use attentive_trainer::{Opened, Ranked, TrainerError, Translation, Verdict, device::choose, open_telling, ranked};
use serde_json::{Value, json};

use crate::{
    arguments::{Ask, Caption, Classify, Embed, FillMask, Retrieve, Trained, Translate},
    output::say,
    screen::Screen,
};

/// A run opened for use, and the device that it computes on.
pub(super) struct Use {
    pub(super) opened: Opened,
    chosen: attentive_trainer::device::Chosen,
    which: attentive_trainer::Which,
}

/// A run, a model folder or a model of the hub, whose files may have to come first.
pub(super) fn opened(run: &Path) -> Result<Opened, TrainerError> {
    let mut screen = Screen::new();
    let opened = open_telling(run, &mut |event| screen.draw(event));
    screen.clear();
    opened
}

impl Use {
    pub(super) fn of(arguments: &Trained) -> Result<Self, TrainerError> {
        let (opened, chosen) = (opened(&arguments.run)?, choose(&arguments.device)?);
        Ok(Self { opened, chosen, which: arguments.checkpoint })
    }

    pub(super) fn trained(&self) -> attentive_trainer::Trained<'_> {
        attentive_trainer::Trained { weights: &self.opened.weights, which: self.which, device: &self.chosen.device }
    }
}

pub(crate) fn classify(arguments: &Classify) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    let verdicts = with.opened.run.classify(&with.trained(), &arguments.items.read()?, &arguments.classes())?;
    for verdict in verdicts {
        let shown = if arguments.json { format!("{}\n", told(&verdict)) } else { line(&verdict, arguments.top) };
        say(&shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn told(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Classes(classes) => {
            let first = classes.first().map(|class| class.name.clone());
            let scores = classes.iter().map(|class| (class.name.clone(), class.score.into()));
            json!({"class": first, "probabilities": scores.collect::<serde_json::Map<_, Value>>()})
        }
        Verdict::Number(number) => json!({"number": number}),
        Verdict::Tags(tags) => json!({"tags": tags}),
    }
}

fn line(verdict: &Verdict, top: usize) -> String {
    let words: Vec<String> = match verdict {
        Verdict::Classes(classes) => classes.iter().take(top).map(shown).collect(),
        Verdict::Number(number) => vec![format!("{number:.4}")],
        Verdict::Tags(tags) => tags.iter().map(|(word, tag)| format!("{word}/{tag}")).collect(),
    };
    format!("{}\n", words.join("  "))
}

fn shown(ranked: &Ranked) -> String {
    format!("{} {:.3}", ranked.name, ranked.score)
}

pub(crate) fn fill_mask(arguments: &FillMask) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    for place in with.opened.run.fill(&with.trained(), &arguments.text, arguments.top)? {
        let words = place.iter().map(|word| json!({"word": word.name, "probability": word.score}));
        let shown = if arguments.json {
            Value::from_iter(words).to_string()
        } else {
            place.iter().map(shown).collect::<Vec<_>>().join("  ")
        };
        say(&format!("{shown}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn embed(arguments: &Embed) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    for vector in with.opened.run.embed(&with.trained(), &arguments.items.read()?, arguments.pooling())? {
        say(&format!("{}\n", Value::from(vector)))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn translate(arguments: &Translate) -> anyhow::Result<ExitCode> {
    let (with, how) = (Use::of(&arguments.trained)?, arguments.translating());
    let answered = |lines: &[String]| -> anyhow::Result<()> {
        for translations in with.opened.run.translate(&with.trained(), lines, &how)? {
            say(&translations.iter().map(|translation| written(translation, arguments.best)).collect::<String>())?;
        }
        Ok(())
    };
    if !arguments.lines.is_empty() {
        answered(&arguments.lines)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut input = BufReader::new(io::stdin());
    loop {
        let lines = waiting(&mut input, how.batch)?;
        if lines.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        answered(&lines)?;
    }
}

/// At least one line, and of the others those that are already there: who types gets an answer at once, and a file is read in batches.
fn waiting(input: &mut BufReader<impl Read>, most: usize) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    while lines.len() < most && (lines.is_empty() || input.buffer().contains(&b'\n')) {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            break;
        }
        lines.push(line.trim_end_matches(['\n', '\r']).to_owned());
    }
    Ok(lines)
}

fn written(translation: &Translation, best: usize) -> String {
    if best == 1 {
        format!("{}\n", translation.text)
    } else {
        format!("{:.4}\t{}\n", translation.score, translation.text)
    }
}

pub(crate) fn retrieve(arguments: &Retrieve) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    let found = ranked(&*with.opened.run, &with.trained(), &arguments.query(), &arguments.among())?;
    for (index, similarity) in found.into_iter().take(arguments.top) {
        let item = arguments.name(index);
        let shown = if arguments.json {
            json!({"item": item, "similarity": similarity}).to_string()
        } else {
            format!("{similarity:.4}  {item}")
        };
        say(&format!("{shown}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn caption(arguments: &Caption) -> anyhow::Result<ExitCode> {
    answer(&arguments.trained, &arguments.asking())
}

pub(crate) fn ask(arguments: &Ask) -> anyhow::Result<ExitCode> {
    answer(&arguments.trained, &arguments.asking())
}

fn answer(trained: &Trained, asking: &[attentive_trainer::Asking]) -> anyhow::Result<ExitCode> {
    let with = Use::of(trained)?;
    for answer in with.opened.run.answer(&with.trained(), asking)? {
        say(&format!("{answer}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
