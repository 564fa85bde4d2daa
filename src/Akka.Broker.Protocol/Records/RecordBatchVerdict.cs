namespace Akka.Broker.Protocol.Records;

/// <summary>What a check found: no error, or the code to answer with and a text for the client's user.</summary>
public readonly record struct RecordBatchVerdict(ErrorCode Error, string? Message)
{
    public static readonly RecordBatchVerdict Accepted = new(ErrorCode.None, null);

    public bool IsAccepted => Error == ErrorCode.None;
}
