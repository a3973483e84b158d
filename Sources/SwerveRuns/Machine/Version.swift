/// The version of swerve, as `--version`, manifests and CHANGELOG.md have it.
package let swerveVersion = "0.1.0"
