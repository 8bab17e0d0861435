//! `attentive export`.

use std::process::ExitCode;

use attentive_trainer::{Exporting, Type as Format, export};

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
    let exporting = Exporting { to: arguments.to.clone(), format };
    let count = export(&with.opened, &with.trained(), &exporting)?;
    let to = arguments.to.display();
    say(&format!("{count} tensors in {to}; with transformers: AutoModel.from_pretrained(\"{to}\")\n"))?;
    Ok(ExitCode::SUCCESS)
}
