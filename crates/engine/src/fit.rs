//! The loop.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use attentive_attention::{Pass, frozen, parameters};
use burn::{module::Module, tensor::Device};

use crate::{
    At, AveragePlan, Best, Checkpoints, Event, FitError, FitPlan, Lesson, Line, Optimizer, Progress, Role, Split, Step,
    StepReport, Task, Tuning, average::Average, checkpoint::State, evaluate::judge, guard::Alarm, journal::Journal,
    pace::Pace, prefetch::Prefetch,
};

/// One run of one task.
#[derive(Debug)]
pub struct Fit<'a, T> {
    pub task: &'a T,
    pub plan: &'a FitPlan,
    /// The run folder, which the caller has locked.
    pub folder: &'a Path,
    pub device: &'a Device,
    /// FLOP/s that the device reaches at best.
    pub peak: f64,
    /// Set from outside to make the run save and stop.
    pub interrupt: &'a AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Fresh,
    /// From the newest checkpoint, where there is one.
    Resumed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All steps taken.
    Finished,
    /// No better evaluation for as long as the plan waits.
    Stale,
    /// Asked to stop; saved.
    Interrupted,
}

#[derive(Clone, Debug)]
pub struct Outcome {
    pub ending: Ending,
    pub step: u64,
    pub best: Option<Best>,
    /// Seconds of this process in the loop, and steps that it took.
    pub seconds: f64,
    pub steps_taken: u64,
}

/// What one step came to.
struct Taken {
    loss: f64,
    parts: BTreeMap<String, f64>,
    norm: f64,
    learning_rate: f64,
    targets: u64,
}

/// What an evaluation came to.
#[derive(Clone, Copy)]
enum Judgment {
    None,
    Interrupted,
    Made { loss: f64, better: bool },
}

impl<T: Task> Fit<'_, T> {
    /// Trains until the plan is fulfilled, the run is interrupted, or it diverges.
    pub fn run(&self, start: Start, told: &mut dyn FnMut(Event)) -> Result<Outcome, FitError> {
        let checkpoints = Checkpoints::of(self.folder);
        checkpoints.sweep()?;
        let state = self.state(&checkpoints, start, told)?;
        let journal = Journal::open(self.folder, state.progress.step)?;
        let steps = self.plan.training.steps;
        let count =
            parameters(&state.model).values().map(|parameter| parameter.shape.iter().product::<usize>() as u64).sum();
        told(Event::Started { step: state.progress.step, steps, parameters: count });
        let tuning = Tuning::new(self.plan.tuning.as_ref(), parameters(&state.model).keys());
        let outcome = thread::scope(|scope| {
            let sizes = (self.plan.training.batch, self.plan.training.micro_batch);
            let prefetch = Prefetch::start(scope, self.task, state.progress.step..steps, sizes);
            let pace = Pace::start();
            let saved = checkpoints.steps().last() == Some(&state.progress.step);
            Loop { fit: self, tuning, checkpoints, state: Some(state), journal, prefetch, pace, saved }.run(told)
        })?;
        told(Event::Ended(outcome.clone()));
        Ok(outcome)
    }

    fn state(
        &self,
        checkpoints: &Checkpoints,
        start: Start,
        told: &mut dyn FnMut(Event),
    ) -> Result<State<T::Model>, FitError> {
        let model = self.task.model(&self.device.clone().autodiff()).map_err(FitError::Task)?;
        let never = |path: &str| self.plan.tuning.as_ref().is_some_and(|tuning| tuning.freezes(path));
        let model = frozen(model, |path| never(path) || self.task.role(path) == Role::Frozen);
        if start == Start::Resumed {
            let damaged = |path, reason| told(Event::Damaged { path, reason });
            if let Some(state) = checkpoints.newest(&model, damaged)? {
                return Ok(state);
            }
            told(Event::Note("no checkpoint yet: starting at step 0".to_owned()));
        }
        let average = self.plan.average.as_ref().map(|_| Average::of(&model));
        Ok(State { model, optimizer: Optimizer::default(), average, progress: Progress::default() })
    }
}

fn taker<'a, T: Task>(fit: &'a Fit<'_, T>, tuning: &'a Tuning) -> Step<'a, T> {
    Step { task: fit.task, training: &fit.plan.training, optimizer: &fit.plan.optimizer, tuning }
}

struct Loop<'a, T: Task> {
    fit: &'a Fit<'a, T>,
    tuning: Tuning,
    checkpoints: Checkpoints,
    /// Taken out while a step replaces the model, so that its tensors have one owner and change in place.
    state: Option<State<T::Model>>,
    journal: Journal,
    prefetch: Prefetch<T::Batch>,
    pace: Pace,
    /// Whether the checkpoint of the current step exists.
    saved: bool,
}

impl<T: Task> Loop<'_, T> {
    fn run(mut self, told: &mut dyn FnMut(Event)) -> Result<Outcome, FitError> {
        let first = self.progress().step;
        let ending = loop {
            if let Some(ending) = self.ending(told)? {
                break ending;
            }
            let taken = match self.step(told)? {
                Some(taken) => taken,
                None => break self.interrupted(told)?,
            };
            let judged = if self.due(self.fit.plan.evaluation.every) { self.evaluate(told)? } else { Judgment::None };
            // The line comes before the checkpoint: a run that goes on from a checkpoint has the line of its step.
            self.report(&taken, judged, told)?;
            match judged {
                Judgment::Interrupted => break self.interrupted(told)?,
                Judgment::Made { better: true, .. } => self.save(told)?,
                _ if self.due(self.fit.plan.checkpoint.every) => self.save(told)?,
                _ => {}
            }
        };
        let progress = self.progress();
        let (step, best) = (progress.step, progress.best);
        Ok(Outcome { ending, step, best, seconds: self.pace.seconds(), steps_taken: step - first })
    }

    fn state(&self) -> &State<T::Model> {
        self.state.as_ref().expect("the state is only out while a step replaces it")
    }

    fn progress(&self) -> &Progress {
        &self.state().progress
    }

    fn progress_mut(&mut self) -> &mut Progress {
        &mut self.state.as_mut().expect("the state is only out while a step replaces it").progress
    }

    /// Whether something that happens `every` so many steps happens now; at the last step everything does.
    fn due(&self, every: u64) -> bool {
        let step = self.progress().step;
        step.is_multiple_of(every) || step == self.fit.plan.training.steps
    }

    fn ending(&mut self, told: &mut dyn FnMut(Event)) -> Result<Option<Ending>, FitError> {
        let progress = self.progress();
        let missed =
            progress.step > 0 && progress.evaluated < progress.step && self.due(self.fit.plan.evaluation.every);
        if missed {
            match self.evaluate(told)? {
                Judgment::Made { loss, .. } => {
                    self.journal.amend(self.progress().step, loss)?;
                    self.save(told)?;
                }
                _ => return self.interrupted(told).map(Some),
            }
        }
        let stale = self.fit.plan.evaluation.patience.is_some_and(|patience| self.progress().stale >= patience);
        let finished = self.progress().step >= self.fit.plan.training.steps;
        if !(stale || finished) {
            return Ok(None);
        }
        if !self.saved {
            self.save(told)?;
        }
        Ok(Some(if finished { Ending::Finished } else { Ending::Stale }))
    }

    fn interrupted(&mut self, told: &mut dyn FnMut(Event)) -> Result<Ending, FitError> {
        if !self.saved {
            self.save(told)?;
        }
        Ok(Ending::Interrupted)
    }

    /// Takes one step, unless interrupted.
    fn step(&mut self, told: &mut dyn FnMut(Event)) -> Result<Option<Taken>, FitError> {
        let plan = self.fit.plan;
        let Some(lesson) = self.learn()? else { return Ok(None) };
        let (&Lesson { loss, norm, targets, .. }, parts) = (&lesson, lesson.parts.clone());
        let step = self.progress().step;
        let learning_rate = plan.schedule.rate(plan.training.learning_rate, step, plan.training.steps);
        let alarm = self.progress_mut().guard.judge(loss, lesson.bad.clone(), &plan.guard);
        match alarm {
            Some(alarm) => self.skip(&alarm, told)?,
            None => self.update(lesson, learning_rate),
        }
        self.saved = false;
        let progress = self.progress_mut();
        progress.step += 1;
        progress.targets += targets;
        Ok(Some(Taken { loss, parts, norm, learning_rate, targets }))
    }

    /// What the step's batch teaches; `None` when interrupted.
    fn learn(&mut self) -> Result<Option<Lesson>, FitError> {
        let (fit, step) = (self.fit, self.progress().step);
        let state = self.state.as_ref().expect("the state is only out while a step replaces it");
        let prefetch = &mut self.prefetch;
        let next = || {
            if fit.interrupt.load(Ordering::Relaxed) {
                return Ok(None);
            }
            prefetch.next().map_err(FitError::Task)?.ok_or(FitError::Exhausted { step }).map(Some)
        };
        taker(fit, &self.tuning).learn(&state.model, step, next)
    }

    fn update(&mut self, lesson: Lesson, learning_rate: f64) {
        let mut state = self.state.take().expect("the state is only out while a step replaces it");
        state.progress.updates += 1;
        let pace = (learning_rate, state.progress.updates);
        state.model = taker(self.fit, &self.tuning).update(state.model, &mut state.optimizer, lesson, pace);
        if let (Some(average), Some(AveragePlan { decay })) = (&mut state.average, &self.fit.plan.average) {
            average.follow(&state.model, *decay);
        }
        self.state = Some(state);
    }

    fn skip(&mut self, alarm: &Alarm, told: &mut dyn FnMut(Event)) -> Result<(), FitError> {
        let reason = match alarm {
            Alarm::NotFinite { tensor } => format!("`{tensor}` is not finite"),
            Alarm::Spike { loss, mean } => format!("the loss leaps to {loss:.4} from about {mean:.4}"),
        };
        let (step, count) = (self.progress().step + 1, self.progress().guard.skipped);
        told(Event::Skipped { step, reason: reason.clone(), in_a_row: count });
        if count < self.fit.plan.guard.patience {
            return Ok(());
        }
        if !self.saved {
            self.save(told)?;
        }
        let path = self.checkpoints.path(self.progress().step);
        Err(FitError::Diverged { step, count, reason, path })
    }

    /// Judges the current weights, averaged where the plan says so.
    fn evaluate(&mut self, told: &mut dyn FnMut(Event)) -> Result<Judgment, FitError> {
        let (fit, plan) = (self.fit, &self.fit.plan.evaluation);
        let state = self.state();
        let model = match &state.average {
            Some(average) => average.applied(&state.model),
            None => state.model.valid(),
        };
        let rows = 0..fit.plan.training.micro_batch;
        let items = |step| {
            let batch = fit.task.batch(&At { split: Split::Validation, step, rows: rows.clone() })?;
            Ok(batch.map(|batch| fit.task.judge(&model, batch, &mut Pass::evaluation())))
        };
        let progress = |done| told(Event::Evaluating { done, total: plan.batches });
        let Some(judged) = judge(items, plan.batches, fit.interrupt, progress)? else {
            return Ok(Judgment::Interrupted);
        };
        let loss = judged.loss();
        let better = self.progress_mut().judge(loss);
        let (step, best) = (self.progress().step, self.progress().best);
        self.saved = false;
        told(Event::Evaluated { step, loss, best });
        if let Some(text) = fit.task.sample(&model) {
            told(Event::Sample { step, text });
        }
        Ok(Judgment::Made { loss, better })
    }

    fn report(&mut self, taken: &Taken, judged: Judgment, told: &mut dyn FnMut(Event)) -> Result<(), FitError> {
        let (step, steps) = (self.progress().step, self.fit.plan.training.steps);
        let &Taken { loss, norm: gradient_norm, learning_rate, targets, .. } = taken;
        let parts = taken.parts.clone();
        self.pace.count(targets);
        let (targets_per_second, counted) = (self.pace.targets_per_second(), self.fit.task.counted());
        let report = StepReport { step, steps, loss, learning_rate, gradient_norm, targets_per_second, counted };
        told(Event::Step(report));
        let validation_loss = match judged {
            Judgment::Made { loss, .. } => Some(loss),
            Judgment::None | Judgment::Interrupted => None,
        };
        // Where an evaluation was interrupted, it will be made up for, and its loss added to the line.
        let asked = step == 1 || !matches!(judged, Judgment::None) || self.due(self.fit.plan.journal.every);
        if asked && loss.is_finite() && gradient_norm.is_finite() {
            let operations = self.fit.task.operations() * self.fit.plan.training.batch as f64;
            let measured = self.pace.line(operations, self.fit.peak, self.prefetch.waited);
            self.journal.write(&Line {
                step,
                loss,
                parts,
                validation_loss,
                learning_rate,
                gradient_norm,
                ..measured
            })?;
        }
        Ok(())
    }

    fn save(&mut self, told: &mut dyn FnMut(Event)) -> Result<(), FitError> {
        let path = self.checkpoints.save(self.state())?;
        self.saved = true;
        let progress = self.progress();
        self.checkpoints.prune(self.fit.plan.checkpoint.keep, progress)?;
        told(Event::Saved { step: progress.step, path });
        Ok(())
    }
}
