namespace Petabridge.Cmd.Wire;

/// <summary>What a frame is.</summary>
internal enum CmdFrameType : byte
{
    /// <summary>The client's first: the protocol's version.</summary>
    Hello = 1,

    /// <summary>A command line in words.</summary>
    Execute = 2,

    /// <summary>The words up to the cursor, the last one perhaps begun: what could stand there?</summary>
    Complete = 3,

    /// <summary>No more of that command.</summary>
    Cancel = 4,

    /// <summary>The host's first: its name.</summary>
    Welcome = 65,

    /// <summary>A piece of output, with more to come.</summary>
    Output = 66,

    /// <summary>The command is done, with the last piece of its output.</summary>
    Done = 67,

    /// <summary>The command has failed.</summary>
    Failed = 68,

    /// <summary>There is no such command, or not with these arguments.</summary>
    Refused = 69,

    /// <summary>Proposals, a word and what it means by turns.</summary>
    Proposals = 70,
}

/// <summary>
/// One message between a host and its client. A client may have several commands running; <paramref name="Id"/> is the client's choice and says which.
/// </summary>
internal readonly record struct CmdFrame(CmdFrameType Type, int Id, string Text)
{
    /// <summary>Of the protocol, as Hello says it. Another major version is refused.</summary>
    public const string Version = "1";

    private const char Separator = '\0';

    public static string Join(IEnumerable<string> words) => string.Join(Separator, words.Select(w => w.Replace(Separator, ' ')));

    /// <summary>The words of <see cref="Text"/>; none where there is none.</summary>
    public string[] Words => Text.Length == 0 ? [] : Text.Split(Separator);
}
