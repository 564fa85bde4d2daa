namespace Petabridge.Cmd.Parsing;

/// <summary>What a command line comes to: one of three.</summary>
internal abstract record ParsedLine
{
    /// <summary>A command to carry out.</summary>
    public sealed record Given(Command Command) : ParsedLine;

    /// <summary>Somebody asks for help.</summary>
    public sealed record Help(string Text) : ParsedLine;

    /// <summary>It cannot be meant; the text says what is allowed.</summary>
    public sealed record Refused(string Text) : ParsedLine;
}
