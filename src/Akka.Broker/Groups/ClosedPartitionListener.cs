using Akka.Actor;
using Akka.Broker.Partitions;

namespace Akka.Broker.Groups;

/// <summary>Sends one message, once, when the partition is not led here any more.</summary>
internal sealed class ClosedPartitionListener(IActorRef target, object message) : IPartitionViewListener
{
    private int _told;

    public void OnViewChanged(LedPartition partition)
    {
        if (partition.IsClosed && Interlocked.Exchange(ref _told, 1) == 0)
            target.Tell(message);
    }
}
