//! `[teacher]`: what is learned of another model.

use attentive_attention::{Aspect, MOST_WIDTH};

use super::Resolver;
use crate::{TrainerError, config::Family, plan::TeacherPlan, sections::Learns};

const WEIGHT: f64 = 0.5;
const TEMPERATURE: f64 = 2.0;
/// A temperature beyond this leaves nothing to be told apart.
const HOTTEST: f64 = 1e3;

impl Resolver<'_> {
    /// The teacher, as it was written or as a plan has it.
    pub(crate) fn teacher(&self) -> Result<Option<TeacherPlan>, TrainerError> {
        let Some(written) = &self.config.teacher else { return Ok(None) };
        if !matches!(self.config.family(), Family::Gpt | Family::Bert | Family::Vit) {
            return Err(
                self.refused("teacher", "`[teacher]` teaches models of families gpt, bert and vit alone; remove it")
            );
        }
        let weight = self.positive("teacher.weight", written.weight.unwrap_or(WEIGHT))?;
        self.check("teacher.weight", weight, weight <= 1.0, "is a share of the loss; give at most 1")?;
        let temperature = self.positive("teacher.temperature", written.temperature.unwrap_or(TEMPERATURE))?;
        self.check("teacher.temperature", temperature, temperature <= HOTTEST, "is out of range; 1 to 10 is usual")?;
        if let Some(width) = written.width {
            let within = (1..=MOST_WIDTH).contains(&width);
            self.check("teacher.width", width as f64, within, "is out of range; remove it")?;
        }
        Ok(Some(TeacherPlan {
            from: written.from.as_str().into(),
            revision: written.revision.clone(),
            learns: self.learns_of_it(written.learns.clone())?,
            weight,
            temperature,
            width: written.width,
            sha256: written.sha256.clone(),
        }))
    }

    fn learns_of_it(&self, written: Option<Learns>) -> Result<Vec<Aspect>, TrainerError> {
        let learns = match written {
            None => vec![Aspect::Logits],
            Some(Learns::One(aspect)) => vec![aspect],
            Some(Learns::Several(aspects)) => aspects,
        };
        let again = |index: usize| learns[..index].contains(&learns[index]);
        if learns.is_empty() || (0..learns.len()).any(again) {
            let message = "`teacher.learns` wants one or more of \"logits\", \"states\" and \"attention\", each once";
            return Err(self.refused("teacher.learns", message));
        }
        Ok(learns)
    }
}
