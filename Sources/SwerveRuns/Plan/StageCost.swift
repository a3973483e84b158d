import SwerveRL

extension StageCost {
  /// Seconds at these speeds. A pass that only reads counts as a third of a training step.
  func seconds(_ speed: SpeedProbe) -> Double {
    trained / speed.training + scored / (3 * speed.training) + (sampled > 0 ? sampled / speed.sampling : 0)
  }
}
