namespace Pbm;

/// <summary>What scripts go by.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command was understood and has failed.</summary>
    public const int Failed = 1;

    /// <summary>There is no such command, or not with these switches.</summary>
    public const int Refused = 2;

    /// <summary>No host answers there, or the connection was lost.</summary>
    public const int NoHost = 3;

    /// <summary>Interrupted for the second time: what became of the command is not known.</summary>
    public const int Interrupted = 130;
}
