namespace Petabridge.Cmd;

/// <summary>A command as somebody has given it, checked against its definition. Immutable.</summary>
public sealed class Command(string palette, string name, IEnumerable<Tuple<string, string>> arguments)
{
    /// <summary>The palette's name.</summary>
    public string Palette { get; } = palette;

    public string Name { get; } = name;

    /// <summary>Switches, as they were written, and their values; a flag's value is <c>true</c> or <c>false</c>.</summary>
    public IReadOnlyList<Tuple<string, string>> Arguments { get; } = [.. arguments];
}
