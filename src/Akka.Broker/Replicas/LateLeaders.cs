using Akka.Broker.Protocol;
using Akka.Event;

namespace Akka.Broker.Replicas;

/// <summary>
/// Partitions whose leader's node does not serve them as this node's metadata says. While leaders change that is usual: one of the two nodes has not applied the change
/// yet. Such a time is one line in the log however many partitions it takes, and a warning only if it lasts. Used by one fetcher alone.
/// </summary>
internal sealed class LateLeaders(int leader, ILoggingAdapter log)
{
    private readonly Dictionary<TopicIdPartition, ErrorCode> _late = [];
    private bool _isTold;

    /// <summary>Whether one more wait is all that it takes.</summary>
    public static bool Covers(ErrorCode error) => error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId;

    public void Note(TopicIdPartition partition, ErrorCode error)
    {
        if (Covers(error))
            _late[partition] = error;
        else
            _late.Remove(partition);
    }

    /// <summary>It is not asked for any more.</summary>
    public void Forget(TopicIdPartition partition) => _late.Remove(partition);

    /// <summary>Says what an answer has brought, where it has not been said. True if such a time begins.</summary>
    public bool Report()
    {
        if (_late.Count == 0)
        {
            _isTold = false;
            return false;
        }
        if (_isTold)
            return false;
        _isTold = true;
        log.Info("Broker {0} does not lead {1} yet, as this node's metadata says that it does; it is asked again until it does.", leader, Example());
        return true;
    }

    /// <summary>The time that such a change may take is over.</summary>
    public void Warn(TimeSpan since)
    {
        if (_late.Count > 0)
            log.Warning("Broker {0} has not served {1} for {2:0} s: its metadata and this node's differ, or it cannot lead.", leader, Example(), since.TotalSeconds);
    }

    private string Example()
    {
        var (partition, error) = _late.First();
        return _late.Count == 1 ? $"{partition} ({error})" : $"{partition} ({error}) and {_late.Count - 1} partitions more";
    }
}
