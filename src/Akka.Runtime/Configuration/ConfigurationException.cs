using Akka.Actor;

namespace Akka.Configuration;

/// <summary>A configuration text that cannot be read, or a setting that is missing or makes no sense; the text names key and line.</summary>
public class ConfigurationException : AkkaException
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(string message, Exception? exception)
        : base(message, exception)
    {
    }

    /// <summary>For settings classes: the section that <typeparamref name="T"/> reads is missing or empty.</summary>
    public static ConfigurationException NullOrEmptyConfig<T>(string? path = null) => new(path is null
        ? $"{typeof(T).FullName} needs a configuration section, but it is null or empty"
        : $"{typeof(T).FullName} needs the configuration section {path}, but it is null or empty");
}
