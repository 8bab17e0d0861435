//! A model that has learned already and that another learns from: found, checked against its student, asked about each batch. It takes no
//! gradients, drops nothing, and is in no checkpoint.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use attentive_attention::{Aspect, Cost, Teaching};
use attentive_bert::Head;
use attentive_data::Tokenizer;
use attentive_engine::{Loss, Which};
use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    Event, Opened, RunPlan, Trained, TrainerError,
    document::Document,
    foreign::Origin,
    picture::normalization,
    plan::{ModelPlan, TeacherPlan},
    resolve::Resolver,
    run::open,
};

/// A teacher of models of one kind.
pub(crate) struct Teacher<M> {
    pub(crate) teaching: Teaching,
    /// Of one sequence.
    pub(crate) cost: Cost,
    /// Its share of the loss.
    weight: f64,
    folder: PathBuf,
    model: OnceLock<M>,
}

impl<M: Module> Teacher<M> {
    /// The one of the plan, if it has one.
    pub(crate) fn of(plan: &RunPlan, cost: impl Fn(&ModelPlan) -> Cost) -> Result<Option<Self>, TrainerError> {
        let Some(TeacherPlan { from, learns, weight, temperature, .. }) = &plan.teacher else { return Ok(None) };
        let precision = plan.fit.training.precision;
        Ok(Some(Self {
            teaching: Teaching { aspects: learns.clone(), temperature: *temperature, precision },
            cost: cost(&open(from)?.plan.model),
            weight: *weight,
            folder: from.clone(),
            model: OnceLock::new(),
        }))
    }

    /// Reads its weights, unless that was done: `fresh` makes a model of its plan.
    pub(crate) fn wake(&self, device: &Device, fresh: impl Fn(&RunPlan, &Device) -> M) -> Result<(), TrainerError> {
        if self.model.get().is_some() {
            return Ok(());
        }
        let Opened { plan, weights, .. } = open(&self.folder)?;
        let trained = Trained { weights: &weights, which: Which::Best, device };
        let fresh = fresh(&plan, device);
        // Scores are those of its own head, which may be lacking where nobody asks for them.
        let whole = self.teaching.of(Aspect::Logits);
        let (model, _) = if whole { trained.open(fresh, &plan)? } else { trained.open_base(fresh, &plan)? };
        self.model.get_or_init(|| model.valid());
        Ok(())
    }

    pub(crate) fn model(&self) -> &M {
        self.model.get().expect("a teacher wakes with its student's model")
    }

    /// The loss of a batch: the task's own, and the distance to what the teacher says.
    pub(crate) fn mixed(&self, own: Tensor<1>, distance: Tensor<1>, count: u64) -> Loss {
        let sum = own.clone() * (1.0 - self.weight) + distance.clone() * self.weight;
        Loss { sum, count, parts: vec![("task", own), ("teacher", distance)] }
    }
}

/// The teacher that is written about: its folder pinned in the document, and its tokenizer laid beneath what was written.
pub(crate) fn found(
    document: &mut Document,
    told: &mut dyn FnMut(Event),
) -> Result<Option<(Origin, Opened)>, TrainerError> {
    let Some(from) = document.text("teacher.from").map(ToOwned::to_owned) else { return Ok(None) };
    let (origin, revision) = Origin::found(&from, document.text("teacher.revision"), told)?;
    let mut pin = |key: &str, value: String, said: &str| {
        document.set_flag(key, &toml::Value::from(value).to_string(), said);
    };
    if let Some(revision) = revision {
        pin("teacher.revision", revision, "the hub");
    }
    pin("teacher.from", origin.path.display().to_string(), "teacher.from");
    let opened = open(&origin.path)?;
    if document.text("model.family") == Some("vit") {
        origin.lay_pictures(document)?;
    }
    if opened.tokenizer.is_some() && !document.contains("data.tokenizer") {
        let path = tokenizer(&opened.folder).display().to_string();
        document.set_flag("data.tokenizer", &toml::Value::from(path).to_string(), "teacher.from");
    }
    Ok(Some((origin, opened)))
}

/// Where a folder or a run has its tokenizer.
fn tokenizer(folder: &Path) -> PathBuf {
    let own = folder.join("tokenizer.json");
    if own.is_file() { own } else { folder.to_owned() }
}

/// What a comparison depends on.
struct Sizes {
    width: usize,
    heads: usize,
    reads: Reads,
}

enum Reads {
    Texts(Texts),
    /// As so many tokens each, where one encoder reads them.
    Pictures(Option<usize>),
}

struct Texts {
    context: usize,
    vocabulary: usize,
    /// Of an encoder.
    asked: Option<(Head, usize)>,
}

impl Sizes {
    fn of(model: &ModelPlan) -> Option<Self> {
        Some(match model {
            ModelPlan::Gpt(plan) => Self {
                width: plan.width,
                heads: plan.heads,
                reads: Reads::Texts(Texts { context: plan.context, vocabulary: plan.vocabulary, asked: None }),
            },
            ModelPlan::Bert(plan) => {
                let asked = Some((plan.head, plan.kinds));
                let reads = Reads::Texts(Texts { context: plan.context, vocabulary: plan.vocabulary, asked });
                Self { width: plan.width, heads: plan.heads, reads }
            }
            ModelPlan::Vit(plan) => {
                let tokens = plan.blend.is_empty().then(|| plan.leading() + plan.side().pow(2));
                Self { width: plan.width, heads: plan.heads, reads: Reads::Pictures(tokens) }
            }
            _ => return None,
        })
    }
}

/// A student's plan beside its teacher.
pub(crate) struct Pair<'a> {
    pub(crate) student: &'a RunPlan,
    pub(crate) tokenizer: Option<&'a Tokenizer>,
    pub(crate) teacher: &'a Opened,
    pub(crate) resolver: &'a Resolver<'a>,
}

impl Pair<'_> {
    /// The plan of the teacher with all that only the teacher itself can say; refused if the two do not belong together.
    pub(crate) fn settled(&self, plan: TeacherPlan, origin: &Origin) -> Result<TeacherPlan, TrainerError> {
        let (Some(own), Some(other)) = (Sizes::of(&self.student.model), Sizes::of(&self.teacher.plan.model)) else {
            return Err(self.kin());
        };
        match (&own.reads, &other.reads) {
            (Reads::Texts(own), Reads::Texts(other)) if own.asked.is_some() == other.asked.is_some() => {
                self.reads_alike(own, other)?;
            }
            (Reads::Pictures(_), Reads::Pictures(_)) => self.sees_alike()?,
            _ => return Err(self.kin()),
        }
        for aspect in &plan.learns {
            match aspect {
                Aspect::Logits => self.asks_alike(&own.reads, &other.reads)?,
                Aspect::Attention => {
                    self.places_alike(&own.reads, &other.reads)?;
                    self.equal("model.heads", [own.heads, other.heads])?;
                }
                Aspect::States => self.places_alike(&own.reads, &other.reads)?,
            }
        }
        let width = (plan.learns.contains(&Aspect::States) && own.width != other.width).then_some(other.width);
        let sha256 = origin.digest()?;
        if plan.sha256.as_ref().is_some_and(|written| *written != sha256) {
            let message = format!(
                "the teacher's weights have sha256 {sha256}, not `teacher.sha256`; they have changed since: bring them back, or remove it"
            );
            return Err(self.refused("teacher.sha256", message));
        }
        Ok(TeacherPlan { width, sha256: Some(sha256), ..plan })
    }

    fn refused(&self, key: &str, message: String) -> TrainerError {
        self.resolver.refused(key, message)
    }

    fn folder(&self) -> String {
        self.teacher.folder.display().to_string()
    }

    fn kin(&self) -> TrainerError {
        let message = format!(
            "{} holds {}, which cannot teach this model: students and teachers are both of family gpt, both of bert, or both of vit",
            self.folder(),
            self.teacher.run.kind()
        );
        self.refused("teacher.from", message)
    }

    fn equal(&self, key: &str, [own, other]: [usize; 2]) -> Result<(), TrainerError> {
        if own == other {
            return Ok(());
        }
        let message = format!(
            "`{key} = {own}`, and the teacher in {} has {other}: set `{key} = {other}`, or take what \
                               needs it out of `teacher.learns`",
            self.folder()
        );
        Err(self.refused(key, message))
    }

    /// Both must take the same ids for the same text, as many of them, of the same kinds.
    fn reads_alike(&self, own: &Texts, other: &Texts) -> Result<(), TrainerError> {
        let words = |tokenizer: Option<&Tokenizer>| tokenizer.map(Tokenizer::to_json);
        if words(self.tokenizer) != words(self.teacher.tokenizer.as_ref()) {
            let path = tokenizer(&self.teacher.folder);
            let message =
                format!("the teacher reads by another tokenizer; set `data.tokenizer = \"{}\"`", path.display());
            return Err(self.refused("data.tokenizer", message));
        }
        if own.context > other.context {
            let message = format!(
                "`model.context = {}` is more than the {} tokens that the teacher in {} reads at once; lower it",
                own.context,
                other.context,
                self.folder()
            );
            return Err(self.refused("model.context", message));
        }
        match (own.asked, other.asked) {
            (Some((_, own)), Some((_, other))) if other > 1 => self.equal("model.kinds", [own, other]),
            _ => Ok(()),
        }
    }

    /// Both see the same pixels.
    fn sees_alike(&self) -> Result<(), TrainerError> {
        let (Some(own), Some(other)) = (&self.student.pictures, &self.teacher.plan.pictures) else {
            return Err(self.kin());
        };
        self.equal("pictures.size", [own.size, other.size])?;
        self.equal("pictures.channels", [own.channels, other.channels])?;
        if normalization(own).ok() == normalization(other).ok() {
            return Ok(());
        }
        let message = format!(
            "the teacher in {} sees pictures normalized otherwise; remove `normalize`, `mean` and `deviation`, and they are the teacher's",
            self.folder()
        );
        Err(self.refused("pictures", message))
    }

    /// Places can be compared where they are of the same parts: a text's tokens, or a picture's.
    fn places_alike(&self, own: &Reads, other: &Reads) -> Result<(), TrainerError> {
        let (Reads::Pictures(own), Reads::Pictures(other)) = (own, other) else { return Ok(()) };
        if own.is_some() && own == other {
            return Ok(());
        }
        let tokens = |tokens: &Option<usize>| {
            tokens.map_or("by several encoders".to_owned(), |tokens| format!("as {tokens} tokens"))
        };
        let message = format!(
            "the student reads a picture {}, and the teacher in {} {}; give it the same patches and tokens before them, or learn \"logits\" alone",
            tokens(own),
            self.folder(),
            tokens(other)
        );
        Err(self.refused("teacher.learns", message))
    }

    /// Scores can be compared where they are of the same things.
    fn asks_alike(&self, own: &Reads, other: &Reads) -> Result<(), TrainerError> {
        match (own, other) {
            (Reads::Texts(own), Reads::Texts(other)) => self.heads_alike(own, other),
            _ => self.classes_alike(),
        }
    }

    fn heads_alike(&self, own: &Texts, other: &Texts) -> Result<(), TrainerError> {
        let (ours, theirs) = (own.asked.map(|asked| asked.0), other.asked.map(|asked| asked.0));
        let name = |head: Option<Head>| head.map_or("tokens".to_owned(), |head| head.name().to_string());
        if name(ours) != name(theirs) {
            let message = format!(
                "the student is asked for {}, and the teacher in {} for {}; name other data, or learn \"states\" or \"attention\"",
                name(ours),
                self.folder(),
                name(theirs)
            );
            return Err(self.refused("teacher.learns", message));
        }
        if matches!(ours, None | Some(Head::Masked)) {
            return self.equal("model.vocabulary", [own.vocabulary, other.vocabulary]);
        }
        self.classes_alike()
    }

    fn classes_alike(&self) -> Result<(), TrainerError> {
        let (own, other) = (&self.student.data.labels, &self.teacher.plan.data.labels);
        if own != other {
            let labels = toml::Value::from(other.clone());
            let message = format!(
                "the classes are not those of the teacher in {}, in their order; set `data.labels = {labels}`",
                self.folder()
            );
            return Err(self.refused("data.labels", message));
        }
        Ok(())
    }
}
