using System.Globalization;
using Akka.Configuration;

namespace Akka.Broker.Client.Settings;

/// <summary>Reads one section of the client's configuration. What is missing or not allowed is an <see cref="InvalidClientSettingsException"/> with the key's path.</summary>
internal sealed class SettingsSection
{
    public const string Root = "akka.broker.client";

    private const string ReferenceResource = "akka-broker-client.conf";

    private readonly Config _config;
    private readonly string _path;

    private SettingsSection(Config config, string path)
    {
        _config = config;
        _path = path;
    }

    /// <summary>The shipped defaults, every key with its comment.</summary>
    public static Config Reference { get; } = ConfigurationFactory.FromResource(ReferenceResource, typeof(SettingsSection).Assembly);

    /// <summary>The client's section of an application's configuration, over the defaults.</summary>
    public static SettingsSection Of(Config config) => new(config.WithFallback(Reference), Root);

    public SettingsSection Section(string key) => new(_config, PathOf(key));

    public string Text(string key) =>
        _config.GetString(PathOf(key)) ?? throw new InvalidClientSettingsException($"{PathOf(key)} is missing.");

    /// <summary>Null if it is empty.</summary>
    public string? OptionalText(string key) => _config.GetString(PathOf(key)) is { Length: > 0 } text ? text : null;

    public IReadOnlyList<string> TextList(string key)
    {
        // Text first: Akka.NET takes any value for a list, if need be an empty one.
        var value = _config.GetValue(PathOf(key));
        if (value is not null && value.IsString())
            return value.GetString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. _config.GetStringList(PathOf(key))];
    }

    public bool Bool(string key) => Text(key).ToLowerInvariant() switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw Refused(key, other, "on or off"),
    };

    public int Int(string key, int min = 0, int max = int.MaxValue) =>
        int.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Refused(key, Text(key), $"{min} to {max}");

    public TimeSpan Duration(string key, TimeSpan? min = null)
    {
        var text = Text(key);
        TimeSpan value;
        try
        {
            value = _config.GetTimeSpan(PathOf(key), null, allowInfinite: false);
        }
        catch (Exception cause) when (cause is ConfigurationException or FormatException or OverflowException)
        {
            throw Refused(key, text, "a duration such as 30s");
        }
        return value >= (min ?? TimeSpan.Zero) ? value : throw Refused(key, text, $"at least {(min ?? TimeSpan.Zero).TotalMilliseconds} ms");
    }

    public int Bytes(string key, int min, int max = int.MaxValue) => (int)LongBytes(key, min, max);

    public long LongBytes(string key, long min, long max = long.MaxValue)
    {
        var text = Text(key);
        long? value;
        try
        {
            value = _config.GetByteSize(PathOf(key));
        }
        catch (Exception cause) when (cause is ConfigurationException or FormatException or OverflowException or ArgumentException)
        {
            throw Refused(key, text, "a size such as 16KiB");
        }
        return value >= min && value <= max ? value.Value : throw Refused(key, text, $"{min} to {max} bytes");
    }

    /// <summary>One of the names, in any case.</summary>
    public T OneOf<T>(string key, params (string Name, T Value)[] allowed)
    {
        var text = Text(key);
        foreach (var (name, value) in allowed)
        {
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase))
                return value;
        }
        throw Refused(key, text, string.Join(", ", allowed.Select(a => a.Name)));
    }

    public InvalidClientSettingsException Refused(string key, string value, string allowed) => new($"{PathOf(key)} is '{value}'; allowed: {allowed}.");

    private string PathOf(string key) => $"{_path}.{key}";
}
