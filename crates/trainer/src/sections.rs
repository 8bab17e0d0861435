//! The tables that every family shares, as written.

use std::collections::BTreeMap;

use attentive_attention::Aspect;
use attentive_engine::{Clip, OptimizerKind, Precision, ScheduleKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which data, and how its text becomes tokens.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// A known data set, such as `stories` (made by the program itself) or `tinyshakespeare`: `attentive data list` names all. Default:
    /// one that the program makes itself, whichever suits the model.
    pub source: Option<String>,
    /// For rows of a known data set: which split is trained on, several joined by `+`. Default: `train`.
    pub split: Option<String>,
    /// For rows of a known data set: which split is judged on the way. Default: `validation`; where there is none, every twentieth row
    /// of what is trained on is held out.
    pub held_out: Option<String>,
    /// For rows: only the first so many are trained on.
    pub rows: Option<usize>,
    /// For `stories`: how many the training split has. Default: 20000.
    pub stories: Option<usize>,
    /// Text files of your own in place of a known data set, by patterns relative to the working folder.
    pub files: Option<Vec<String>>,
    /// Files held out for validation, by patterns. Default: the last tenth of `files`.
    pub validation: Option<Vec<String>>,
    /// What `files` hold: `text`, where each is a document; rows of `jsonl`, `json`, `csv`, `tsv` or `parquet`; or pictures, `image-folder`
    /// with a folder a class, `image-caption` with captions beside them. Default: `text`.
    pub format: Option<TextFormat>,
    /// For `csv` and `tsv`: in what way these files are other than usual, as `{ delimiter = ";", header = false }`.
    pub dialect: Option<DialectConfig>,
    /// Which column of the rows plays which role: `{ text = "body", label = "kind" }`, or `{ source = "question", target = "answer" }`.
    pub columns: Option<BTreeMap<String, String>>,
    /// `characters`, one learned from the text (`bytes`, byte-level pairs as GPT-2's; `wordpiece` as BERT's; `unigram` as T5's), `words`, for
    /// texts of few words), or the path of one: a tokenizer.json, a SentencePiece model, a vocab.txt, or a folder that holds one. Default:
    /// `bytes`, for encoders `wordpiece`.
    pub tokenizer: Option<String>,
    /// For those learned from the text: the number of token ids. Default: 1024.
    pub vocabulary: Option<usize>,
    /// Where training windows lie: `random` places, or `shuffled` epochs of windows side by side. Default: `random`.
    pub order: Option<Order>,
    /// For pairs of texts: a batch takes as many as fill this many places, padding included, in place of `training.batch` rows; pairs of
    /// like lengths go together.
    pub batch_tokens: Option<usize>,
    /// The names of the classes, in the order of their numbers. Default: those of the data.
    pub labels: Option<Vec<String>>,
    /// For language models: rows are conversations (`messages`, or `prompt` and `completion`, or a known data set's `source` and `target`),
    /// of which `answers`, what the assistant says, or `all` is learned. Default: `answers` where `columns` names such roles.
    pub learn: Option<Learn>,
    /// Expected checksum of what is trained on. A plan has it, so that a run goes on with the data that it began with.
    pub sha256: Option<String>,
}

/// What of a conversation is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Learn {
    Answers,
    All,
}

/// How text lies in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextFormat {
    #[default]
    Text,
    Jsonl,
    Json,
    Csv,
    Tsv,
    Parquet,
    #[serde(rename = "image-folder")]
    ImageFolder,
    #[serde(rename = "image-caption")]
    ImageCaption,
}

/// What is said of separated fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectConfig {
    /// The one character between fields. Default: a comma, or a tab.
    pub delimiter: Option<String>,
    /// Whether the first line names the columns; else they are called `0`, `1`, and so on. Default: true.
    pub header: Option<bool>,
    /// Whether a field may stand in quotes. Default: true.
    pub quotes: Option<bool>,
    /// How bytes spell characters: `utf-8` or `latin-1`. Default: `utf-8`.
    pub encoding: Option<EncodingKind>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EncodingKind {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "latin-1")]
    Latin1,
}

/// How pictures are made ready, and varied in training.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PicturesConfig {
    /// Pixels of a side; pictures of another size are resized. Default: the first picture's.
    pub size: Option<usize>,
    /// 1 for gray, 3 for color. Default: the first picture's.
    pub channels: Option<usize>,
    /// How pictures come to that size: `stretch`, whatever becomes of their proportions, or `center`, which resizes them as `shorter` or
    /// `stretched` says and cuts out the middle. Default: `stretch`.
    pub fit: Option<FitKind>,
    /// For `center`: pixels of the shorter side, with the longer one in proportion, before the middle is cut out. Default: `size`.
    pub shorter: Option<usize>,
    /// For `center`, in place of `shorter`: height and width before the middle is cut out, whatever becomes of the proportions.
    pub stretched: Option<[usize; 2]>,
    /// How resizing makes new pixels of old ones: `nearest`, `bilinear`, `bicubic` or `lanczos`. Default: `bilinear`.
    pub filter: Option<FilterKind>,
    /// What bytes become: `half`, from -1 to 1; `none`, from 0 to 1; or by the means and deviations of a data set: `imagenet`, `clip`,
    /// `mnist`, `fashion-mnist`, `cifar10`. Default: `half`.
    pub normalize: Option<String>,
    /// In place of `normalize`: the mean of each channel, of bytes as numbers from 0 to 1, or one for all of them: `[0.5]`.
    pub mean: Option<Vec<f64>>,
    /// What goes with `mean`: the standard deviation of each channel, or one for all of them.
    pub deviation: Option<Vec<f64>>,
    /// Share of training pictures that are mirrored. Default: 0.
    pub flip: Option<f64>,
    /// Training pictures are padded by so many pixels and cut back to their size at a random place. Default: 0.
    pub crop: Option<usize>,
    /// RandAugment (Cubuk et al. 2020): how many operations, and how strong from 0 to 30.
    pub augment: Option<[u32; 2]>,
    /// Share of training pictures of which a rectangle is erased. Default: 0.
    pub erase: Option<f64>,
    /// Mixup: the parameter of the Beta distribution that says how much of another picture is blended in.
    pub mixup: Option<f64>,
    /// CutMix: the same for a part that is pasted from another picture.
    pub cutmix: Option<f64>,
    /// Whether all pictures are gray all over, to see what can be told without them. Default: false.
    pub blank: Option<bool>,
}

/// How pictures come to the size that a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FitKind {
    #[default]
    Stretch,
    Center,
}

/// How resizing makes new pixels of old ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FilterKind {
    Nearest,
    #[default]
    Bilinear,
    Bicubic,
    Lanczos,
}

/// What is lowered in training, beside the plain cross-entropy.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossConfig {
    /// The share of the target that is spread over all classes (Szegedy et al. 2016). Default: 0.
    pub smoothing: Option<f64>,
    /// For models that fill gaps: the share of tokens that they have to guess. Default: 0.15.
    pub masked: Option<f64>,
    /// For models that fill gaps: whether all pieces of a word are hidden together. Default: false.
    pub whole_words: Option<bool>,
    /// For models that answer questions: whether training also has them say the question, which tells them much of what is on a picture.
    /// Default: false.
    pub questions: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    #[default]
    Random,
    Shuffled,
}

/// What a run begins as.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitializeConfig {
    /// A model folder as transformers writes it, a run, or `org/name` on the hub: its config, its tokenizer and its weights. What `[model]` and
    /// `data.tokenizer` say goes before what the folder says; what fits no longer begins fresh, and is told.
    pub from: Option<String>,
    /// A folder with a low-rank adapter in PEFT's layout, which is added to the model. Default: none.
    pub adapter: Option<String>,
    /// Of a model on the hub: the branch, tag or commit. Default: `main`; the plan has the commit.
    pub revision: Option<String>,
}

/// LoRA (Hu et al. 2021): the matrices of chosen layers stay as they are, and a product of two narrow ones is added.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdapterConfig {
    /// How narrow; 4 to 64 is usual.
    pub rank: usize,
    /// The product is multiplied by `alpha / rank`. Default: twice the rank.
    pub alpha: Option<f64>,
    /// Share of entries of a path's input that it does not see in training. Default: 0.
    pub dropout: Option<f64>,
    /// Layers, by the ends of their paths, such as `query`, `cross.value` or `feed_forward.up`. Default: `["query", "value"]`.
    pub targets: Option<Vec<String>>,
}

/// Distillation (Hinton et al. 2015): a model that has learned already says of each batch what it makes of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherConfig {
    /// A run, a model folder as transformers writes it, or `org/name` on the hub. Where `data.tokenizer` is not written, it is the teacher's.
    pub from: String,
    /// Of a model on the hub: the branch, tag or commit. Default: `main`; the plan has the commit.
    pub revision: Option<String>,
    /// What is compared: `logits`, what both take to be likely; `states`, the last block's stream, by a learned map where widths differ;
    /// `attention`, where the last block looks; or a list of them. Default: `logits`.
    pub learns: Option<Learns>,
    /// The comparison's share of the loss, above 0 and at most 1; the rest is the task's own. Default: 0.5.
    pub weight: Option<f64>,
    /// What the scores of both are divided by before they are compared. Default: 2.
    pub temperature: Option<f64>,
    /// The teacher's width, where `states` are compared with those of a narrower or wider student; a plan has it.
    pub width: Option<usize>,
    /// Expected checksum of the teacher's weights. A plan has it, so that a run goes on with the teacher that it began with.
    pub sha256: Option<String>,
}

/// One thing or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "give \"logits\", \"states\", \"attention\", or a list of them")]
pub enum Learns {
    One(Aspect),
    Several(Vec<Aspect>),
}

/// How a model that has learned already goes on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TuningConfig {
    /// Parameters that stay as they are, by patterns in which `*` stands for anything, such as `tokens.*` or `blocks.0.*`. Default: none.
    /// With `[adapter]` all but low-rank paths and heads stays as it is anyway.
    pub frozen: Option<Vec<String>>,
    /// Of those, parameters that learn all the same.
    pub learning: Option<Vec<String>>,
    /// The learning rate of a block is so much of that of the block above it, and the embeddings' least; 0.65 to 0.95 is usual.
    pub layer_decay: Option<f64>,
    /// Blocks begin to learn one after the other, from the top, a further one after each so many steps.
    pub thaw: Option<u64>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Updates in all.
    pub steps: u64,
    /// Sequences per update. Default: 32.
    pub batch: Option<usize>,
    /// Sequences per forward and backward pass; gradients accumulate up to `batch`. Default: `batch`.
    pub micro_batch: Option<usize>,
    /// The highest learning rate. Default: 1e-3.
    pub learning_rate: Option<f64>,
    /// Numbers that products are taken of: `f32`, or `bf16` for operands rounded to it, with weights and sums in f32. Default:
    /// `f32`.
    pub precision: Option<Precision>,
    /// Decides initial weights, batches and dropout. Default: 1.
    pub seed: Option<u64>,
    /// Largest global norm of the gradient, or "off". Default: 1.
    pub clip: Option<Clip>,
    /// Keep only the inputs of blocks and run them again in the backward pass: less memory, more time. Default: false.
    pub recompute: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// `constant`, `linear`, `cosine`, `warmup_stable_decay` or `inverse_square_root`. Default: `cosine`.
    pub kind: Option<ScheduleKind>,
    /// Steps over which the learning rate rises. Default: 100.
    pub warmup: Option<u64>,
    /// Learning rate that decay ends at. Default: a tenth of `training.learning_rate`.
    pub floor: Option<f64>,
    /// For `warmup_stable_decay`: share of the run that decays. Default: 0.2.
    pub decay: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// `adamw`, `lion`, `sgd` or `muon`. Default: `adamw`.
    pub kind: Option<OptimizerKind>,
    /// Shares that the running means of the gradient and of its square keep. Default: [0.9, 0.95], for `lion` [0.9, 0.99].
    pub betas: Option<[f64; 2]>,
    /// Added to the denominator. Default: 1e-8.
    pub epsilon: Option<f64>,
    /// Share of the momentum that `sgd` and `muon` keep. Default: 0.9 for `sgd`, 0.95 for `muon`.
    pub momentum: Option<f64>,
    /// Weight decay; none on norms, biases and embeddings. Default: 0.1.
    pub decay: Option<f64>,
}

/// Present: evaluation and generation use an exponential moving average of the weights.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AverageConfig {
    /// Share that the average keeps at each step. Default: 0.999.
    pub decay: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// A loss this many running deviations above its running mean is a spike, and its step is skipped. Default: 10.
    pub spike: Option<f64>,
    /// Skipped steps in a row that stop the run. Default: 10.
    pub patience: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Steps between evaluations; the last step is always evaluated. Default: 250.
    pub every: Option<u64>,
    /// Batches per evaluation. Default: the whole validation split.
    pub batches: Option<usize>,
    /// Evaluations without a new best that stop the run. Default: it goes on.
    pub patience: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckpointConfig {
    /// Steps between checkpoints; the last step and each new best are always saved. Default: 250.
    pub every: Option<u64>,
    /// How many of the newest are kept, beside the best. Default: 2.
    pub keep: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// Steps between lines of metrics.jsonl. Default: 10.
    pub every: Option<u64>,
}

/// How answers are searched for: of encoder-decoders, which write them whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerationConfig {
    /// Hypotheses that the search keeps. Default: 5; to evaluate what is no translation, 1.
    pub beams: Option<usize>,
    /// The power of the length that a score is divided by: more makes longer answers. Default: 1.
    pub length_penalty: Option<f64>,
    /// Whether the search is done when it has found as many answers as it keeps hypotheses. Default: false, while a better one may come.
    pub early: Option<bool>,
    /// Tokens of an answer at most, its end among them. Default: what the model can write.
    pub most: Option<usize>,
    /// Tokens of an answer at least, its end not among them. Default: 0.
    pub least: Option<usize>,
    /// No run of this many tokens comes twice in an answer. Default: any may.
    pub no_repeat: Option<usize>,
    /// Ids of tokens that are not written. Default: none.
    pub ruled_out: Option<Vec<u32>>,
    /// The id that answers begin with. Default: any may.
    pub forced_first: Option<u32>,
    /// The id at the last place that an answer may have. Default: any may.
    pub forced_last: Option<u32>,
}

/// The text shown at each evaluation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleConfig {
    /// What it begins with. Default: a line break, or nothing where the tokenizer marks the end of a text.
    pub prompt: Option<String>,
    /// Its length in tokens; 0 turns samples off. Default: 100.
    pub tokens: Option<usize>,
    /// Default: 0.8.
    pub temperature: Option<f64>,
    /// Only the likeliest this many tokens. Default: 40.
    pub top_k: Option<usize>,
}
