/// The version of this package.
public enum PackageVersion {
  /// The version in the form of semver.org, the same as the latest tag or the next one to come.
  public static let current = "0.1.0"
}
