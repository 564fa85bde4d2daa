using Akka.Broker.Nodes.Formation;
using Akka.Broker.Quorum;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Nodes;

/// <summary>Whose registration a node looks after.</summary>
/// <param name="NodeId">Its own.</param>
/// <param name="IncarnationId">Of this life.</param>
/// <param name="DirectoryId">Of its first data folder.</param>
/// <param name="Register">Registers this life and answers the metadata offset from which on that shows.</param>
/// <param name="Warn">Tells the operator.</param>
/// <param name="Time">For how often it may be lost.</param>
internal sealed record RegistrationOptions(
    int NodeId, Guid IncarnationId, Guid DirectoryId, Func<CancellationToken, Task<long>> Register, Action<string> Warn, TimeProvider Time);

/// <summary>
/// Looks after a registration for as long as a life lasts. Nothing of the metadata shows on a node whose life is not the registered one, so it has to notice by itself:
/// <code>
///   registered ── no broker of this id, or another start on the same disk ──▶ registers again ── too often ──▶ the node stops
///              └─ another disk under this id ───────────────────────────────────────────────────────────────▶ the node stops
/// </code>
/// A start on the same disk that is not this one is an earlier start's request that came late, or it is a copy of the disk in another process, which will not give in:
/// hence the bound.
/// </summary>
internal sealed class RegistrationKeeper(RegistrationOptions options, QuorumPort port)
{
    private const int LossesMax = 3;
    private static readonly TimeSpan LossesWithin = TimeSpan.FromMinutes(1);

    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="offset">The life is registered as of this metadata offset.</param>
    /// <param name="ending">The life ends.</param>
    /// <exception cref="FormationRefusedException">Another node has this one's id.</exception>
    public async Task RunAsync(long offset, CancellationToken ending)
    {
        var losses = new Queue<long>();
        while (true)
        {
            var from = offset;
            var image = await port.WaitForCommittedAsync(i => i.Offset >= from && !IsOwn(i), ending).ConfigureAwait(false);
            if (image.Brokers.TryGetValue(options.NodeId, out var other) && other.DirectoryId != options.DirectoryId)
            {
                throw new FormationRefusedException(
                    $"Another node, with the disk {other.DirectoryId}, has registered under the id {options.NodeId} of this one, whose disk is {options.DirectoryId}. "
                    + "This node stops: give one of the two an id of its own.");
            }
            if (IsOneTooMany(losses))
            {
                throw new FormationRefusedException(
                    $"Another process registers under the id {options.NodeId} with the disk id {options.DirectoryId} again and again. "
                    + "This node stops: a copy of its data folder must not run beside it.");
            }
            options.Warn(other is null
                ? $"This broker is not registered any more, as of metadata offset {image.Offset}: it registers again."
                : $"Another start of this broker is registered, as of metadata offset {image.Offset}: it registers again.");
            offset = await options.Register(ending).ConfigureAwait(false);
        }
    }

    private bool IsOwn(MetadataImage image) =>
        image.Brokers.TryGetValue(options.NodeId, out var registered) && registered.IncarnationId == options.IncarnationId;

    private bool IsOneTooMany(Queue<long> losses)
    {
        losses.Enqueue(options.Time.GetTimestamp());
        while (options.Time.GetElapsedTime(losses.Peek()) > LossesWithin)
            losses.Dequeue();
        return losses.Count > LossesMax;
    }
}
