//! The part about answers that are written whole.

use super::Resolver;
use crate::{TrainerError, config::Family, plan::GenerationPlan};

/// More hypotheses are a slip of the finger.
const MOST_BEAMS: usize = 1000;

impl Resolver<'_> {
    /// How answers are searched for, by models that write them whole.
    pub(crate) fn generation(&self) -> Result<Option<GenerationPlan>, TrainerError> {
        if self.config.family() != Family::Seq2Seq {
            return self.none_of("generation").map(|()| None);
        }
        let written = &self.config.generation;
        let beams = self.some("generation.beams", written.beams)?;
        if let Some(beams) = beams {
            let wish = format!("is out of range; give 1 to {MOST_BEAMS}");
            self.check("generation.beams", beams as f64, beams <= MOST_BEAMS, &wish)?;
        }
        let length_penalty = written.length_penalty.unwrap_or(1.0);
        self.check("generation.length_penalty", length_penalty, length_penalty.is_finite(), "must be a number")?;
        Ok(Some(GenerationPlan {
            beams,
            length_penalty,
            early: written.early.unwrap_or(false),
            most: self.some("generation.most", written.most)?,
            least: written.least.unwrap_or(0),
            no_repeat: self.some("generation.no_repeat", written.no_repeat)?,
            ruled_out: written.ruled_out.clone().unwrap_or_default(),
            forced_first: written.forced_first,
            forced_last: written.forced_last,
        }))
    }

    /// Refuses ids that the vocabulary lacks.
    pub(crate) fn known_ids(&self, plan: Option<&GenerationPlan>, vocabulary: usize) -> Result<(), TrainerError> {
        let Some(GenerationPlan { ruled_out, forced_first, forced_last, .. }) = plan else { return Ok(()) };
        let ruled_out = ruled_out.iter().map(|id| ("ruled_out", id));
        let forced = [("forced_first", forced_first), ("forced_last", forced_last)];
        let forced = forced.into_iter().filter_map(|(key, id)| Some((key, id.as_ref()?)));
        match ruled_out.chain(forced).find(|(_, id)| **id as usize >= vocabulary) {
            None => Ok(()),
            Some((key, id)) => {
                let path = format!("generation.{key}");
                let message = format!(
                    "`{path}` holds {id}, which is beyond the {vocabulary} ids of the vocabulary, which count from 0"
                );
                Err(self.refused(&path, message))
            }
        }
    }

    fn some(&self, path: &str, written: Option<usize>) -> Result<Option<usize>, TrainerError> {
        Ok(written.map(|count| self.count(path, count as u64)).transpose()?.map(|count| count as usize))
    }
}
