namespace Akka.Broker.Storage;

public enum AppendStatus : byte
{
    /// <summary>In the log, and on the disk if the topic's <c>flush.messages</c> asks for that.</summary>
    Appended,

    /// <summary>Discarded: another writer has taken the log over. Nothing was written.</summary>
    StaleToken,

    /// <summary>The disk is full. Nothing of it is in the log, which is whole and may be appended to again after a new take-over.</summary>
    DiskFull,

    /// <summary>The bytes are no whole batches, or do not begin at the log's end: the writer is wrong about the log. Nothing was written.</summary>
    Refused,

    /// <summary>A write or sync failed. What is on the disk is unknown; the log takes no more appends until it is recovered by a new start.</summary>
    Failed,
}

/// <summary>What became of an append.</summary>
/// <param name="Status">See <see cref="AppendStatus"/>.</param>
/// <param name="BaseOffset">Of its first batch; -1 unless appended.</param>
/// <param name="LogEndOffset">The log's end behind this append; -1 unless appended.</param>
/// <param name="Error">The cause of a status other than Appended and StaleToken.</param>
public readonly record struct AppendResult(AppendStatus Status, long BaseOffset, long LogEndOffset, Exception? Error)
{
    public bool IsAppended => Status == AppendStatus.Appended;

    internal static AppendResult Appended(long baseOffset, long logEndOffset) => new(AppendStatus.Appended, baseOffset, logEndOffset, null);

    internal static AppendResult Not(AppendStatus status, Exception? error = null) => new(status, -1, -1, error);
}

/// <summary>Is told of an append's outcome, in order, on the folder's writer thread: hand it on and return at once.</summary>
public interface IAppendCompletion
{
    /// <param name="state">What was given with the append.</param>
    /// <param name="result">What became of it.</param>
    void OnAppendCompleted(object? state, in AppendResult result);
}

/// <summary>Who sends the bytes.</summary>
public enum AppendKind : byte
{
    /// <summary>A leader: offsets continue the log exactly.</summary>
    Leader,

    /// <summary>A follower copies its leader, which may have gaps where it was compacted: offsets never go back.</summary>
    Follower,
}
