using System.Globalization;

namespace Akka.Broker.Replication.Metadata.Configs;

/// <summary>A setting: its Kafka name, type, default and what is allowed. Values are strings, as the protocol and the metadata log carry them.</summary>
/// <param name="Name">Kafka's name.</param>
/// <param name="Type">What the string must parse as.</param>
/// <param name="Default">The value where nobody set one.</param>
/// <param name="BrokerName">Kafka's name of the same setting on a broker, where it is the default of all topics; null if there is none.</param>
/// <param name="Documentation">One sentence, with the unit.</param>
public sealed record ConfigDefinition(string Name, ConfigType Type, string Default, string? BrokerName, string Documentation)
{
    public double Min { get; init; } = double.NegativeInfinity;

    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>The only legal values (of a list: elements); empty if the type alone decides.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Of a list: what each element must be, besides; null: anything. In words: <see cref="Elements"/>.</summary>
    public Func<string, bool>? IsElement { get; init; }

    public string? Elements { get; init; }

    /// <summary>Whether a list may be empty.</summary>
    public bool AllowsEmpty { get; init; }

    /// <summary>What a value may be, for humans: "an integer, at least -1".</summary>
    public string Allowed => Type switch
    {
        ConfigType.Boolean when Choices.Count == 0 => "true or false",
        ConfigType.Int or ConfigType.Short or ConfigType.Long => "an integer" + Bounds(),
        ConfigType.Double => "a number" + Bounds(),
        ConfigType.List when Choices.Count > 0 => $"a comma-separated list of {string.Join(", ", Choices)}",
        ConfigType.List when Elements is not null => Elements,
        _ when Choices.Count > 0 => string.Join(", ", Choices),
        _ => "text",
    };

    /// <summary>Null if the value is legal, else one line that names the setting, the value and what is allowed.</summary>
    public string? Refuse(string? value) =>
        value is not null && IsLegal(value) ? null : $"{Name} is {(value is null ? "null" : $"'{value}'")}; allowed: {Allowed}.";

    /// <summary>The elements of a list value, without blanks around them.</summary>
    public static string[] SplitList(string value) => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private bool IsLegal(string value) => Type switch
    {
        ConfigType.Boolean => value is ("true" or "false") && (Choices.Count == 0 || Choices.Contains(value)),
        ConfigType.Int => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= Min && n <= Max,
        ConfigType.Short => short.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= Min && n <= Max,
        ConfigType.Long => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= Min && n <= Max,
        ConfigType.Double => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n >= Min && n <= Max,
        ConfigType.List => SplitList(value) is var parts && (parts.Length > 0 || AllowsEmpty)
            && Array.TrueForAll(parts, p => (Choices.Count == 0 || Choices.Contains(p)) && (IsElement is null || IsElement(p))),
        _ => Choices.Count == 0 || Choices.Contains(value),
    };

    private string Bounds()
    {
        var culture = CultureInfo.InvariantCulture;
        return (double.IsFinite(Min), double.IsFinite(Max)) switch
        {
            (true, true) => string.Create(culture, $" from {Min} to {Max}"),
            (true, false) => string.Create(culture, $", at least {Min}"),
            (false, true) => string.Create(culture, $", at most {Max}"),
            _ => "",
        };
    }
}
