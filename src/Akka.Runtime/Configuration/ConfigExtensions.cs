namespace Akka.Configuration;

/// <summary>Null-tolerant helpers; <see cref="Config.GetConfig"/> answers null for a missing section.</summary>
public static class ConfigExtensions
{
    public static bool IsNullOrEmpty(this Config? config) => config is null || config.IsEmpty;

    public static Config? SafeWithFallback(this Config? config, Config? fallback) =>
        config.IsNullOrEmpty() ? fallback : config!.WithFallback(fallback);
}
