//! `attentive export`.

use std::process::ExitCode;

use attentive_trainer::{Exported, Exporting, Type as Format, What, Written, export};

use super::uses::Use;
use crate::{
    arguments::{Export, Type},
    output::say,
};

pub(crate) fn run(arguments: &Export) -> anyhow::Result<ExitCode> {
    let with = Use::of(&arguments.trained)?;
    let format = match arguments.dtype {
        Type::F32 => Format::F32,
        Type::F16 => Format::F16,
        Type::Bf16 => Format::Bf16,
    };
    let what = if arguments.adapter { What::Adapter } else { What::Model };
    let exporting = Exporting { to: arguments.to.clone(), format, what };
    let Exported { tensors, written } = export(&with.opened, &with.trained(), &exporting)?;
    let to = arguments.to.display();
    let opened = match written {
        Written::Model => format!("with transformers: AutoModel.from_pretrained(\"{to}\")"),
        Written::Encoder => {
            format!("the encoder, without a head; with transformers: AutoModel.from_pretrained(\"{to}\")")
        }
        Written::Sentences => format!(
            "the encoder and how it makes vectors, without a head; with sentence-transformers: SentenceTransformer(\"{to}\")"
        ),
        Written::Adapter => format!("with PEFT: PeftModel.from_pretrained(model, \"{to}\")"),
    };
    say(&format!("{tensors} tensors in {to}; {opened}\n"))?;
    Ok(ExitCode::SUCCESS)
}
