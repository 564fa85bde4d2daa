using Akka.Broker.Storage;

namespace Akka.Broker.Journals;

/// <summary>A batch did not get into its log, or it is unknown whether it did: recover from the log.</summary>
public sealed class LogWriteException(AppendResult result)
    : Exception($"The log refused an append ({result.Status}){(result.Error is null ? "." : $": {result.Error.Message}")}", result.Error)
{
    public AppendStatus Status { get; } = result.Status;
}
