namespace Petabridge.Cmd;

/// <summary>A piece of a command's output, told to the command's sender. The final one ends the command.</summary>
public class CommandResponse(string text, bool final = true)
{
    /// <summary>Nothing more to say: the end.</summary>
    public static readonly CommandResponse Empty = new("");

    public string Text { get; } = text;

    public bool Final { get; } = final;

    public override string ToString() => Text;
}

/// <summary>The command has failed, and why: what is wrong and what is allowed.</summary>
public class ErroredCommandResponse(string text, bool final = true) : CommandResponse(text, final);
