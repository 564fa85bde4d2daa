using System.Globalization;
using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>What a command was given, by its arguments' names, as the types that the verbs want. Immutable.</summary>
internal sealed class VerbArguments(CommandDefinition definition, Command command)
{
    /// <exception cref="VerbException">It is not given.</exception>
    public string Text(string name) => Optional(name) ?? throw new VerbException($"--{name} is missing; allowed: {definition.ArgumentsByName[name].Description}.");

    public string? Optional(string name) => Many(name) is [.., var last] ? last : null;

    public IReadOnlyList<string> Many(string name)
    {
        var switches = definition.ArgumentsByName[name].Switch;
        return [.. command.Arguments.Where(a => switches.Contains(a.Item1)).Select(a => a.Item2)];
    }

    public bool Flag(string name)
    {
        var switches = definition.ArgumentsByName[name].Switch;
        return command.Arguments.Any(a => switches.Contains(a.Item1) && a.Item2 != "false");
    }

    public bool Has(string name) => definition.ArgumentsByName.ContainsKey(name) && Optional(name) is not null;

    /// <exception cref="VerbException">It is no such number.</exception>
    public long Number(string name, long otherwise, long min = long.MinValue, long max = long.MaxValue) =>
        Optional(name) is { } text ? Parse(name, text, min, max) : otherwise;

    /// <exception cref="VerbException">It is missing, or no such number.</exception>
    public int Int(string name, int min = 0, int max = int.MaxValue) => (int)Parse(name, Text(name), min, max);

    public int IntOr(string name, int otherwise, int min, int max = int.MaxValue) => (int)Number(name, otherwise, min, max);

    /// <summary>Numbers with commas between them; none if it is not given.</summary>
    public IReadOnlyList<int> Ints(string name) =>
        [.. (Optional(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => (int)Parse(name, t, 0, int.MaxValue))];

    /// <summary>Bytes: a number, or one with KiB, MiB or GiB behind it.</summary>
    public long Bytes(string name, long otherwise)
    {
        if (Optional(name) is not { } text)
            return otherwise;
        return ByteText.TryParse(text, out var bytes)
            ? bytes
            : throw new VerbException($"--{name} is '{text}'; allowed: bytes, or a size such as 10MiB.");
    }

    /// <summary>One of the values that its definition names; the first if it is not given.</summary>
    /// <param name="name">The argument.</param>
    /// <param name="choices">What is allowed.</param>
    public string Choice(string name, params string[] choices)
    {
        var text = Optional(name) ?? choices[0];
        return choices.Contains(text) ? text : throw new VerbException($"--{name} is '{text}'; allowed: {string.Join(", ", choices)}.");
    }

    /// <summary>A moment: Unix ms, or ISO 8601; without a zone it is UTC.</summary>
    public static long Moment(string name, string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms))
            return ms;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.ToUnixTimeMilliseconds()
            : throw new VerbException($"--{name} is '{text}'; allowed: a time such as 2026-01-31T12:00:00Z, or ms since 1970.");
    }

    private static long Parse(string name, string text, long min, long max) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new VerbException($"--{name} is '{text}'; allowed: an integer{Bounds(min, max)}.");

    private static string Bounds(long min, long max) => (min, max) switch
    {
        (long.MinValue, long.MaxValue) => "",
        (_, long.MaxValue or int.MaxValue) => $", at least {min}",
        _ => $" from {min} to {max}",
    };
}
