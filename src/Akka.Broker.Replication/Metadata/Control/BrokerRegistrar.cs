using Akka.Broker.Protocol;
using Akka.Broker.Replication.Metadata.Records;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Replication.Metadata.Control;

/// <summary>
/// A broker's start as records. Its epoch is the offset of its registration record, so that each start has a higher one than all before.
/// After an unclean stop, or with another disk, the broker leaves every ISR and ELR first (KIP-903): another in-sync or eligible replica leads if there is
/// one. Where all have crashed, the one with the most complete log leads on in a new leader epoch when it is active; with another disk it has nothing to
/// lead on with. The controller's own broker leads on after a clean stop, and by another default of <c>min.insync.replicas</c> perhaps. Asked again by the same start, whose first answer may have been lost, it is registered already.
/// </summary>
internal static class BrokerRegistrar
{
    /// <param name="image">The state before.</param>
    /// <param name="registration">What the broker says of itself.</param>
    /// <param name="configs">The controller's.</param>
    /// <param name="fenced">Whether it must show first that it follows the metadata. All but the controller's own node must.</param>
    public static Decision<RegistrationResult> Register(MetadataImage image, BrokerRegistration registration, ConfigResolver configs, bool fenced)
    {
        var id = registration.BrokerId;
        image.Brokers.TryGetValue(id, out var last);
        if (Refuse(image, registration, last, fenced) is { } refusal)
        {
            return new Decision<RegistrationResult>([], new RegistrationResult(refusal.Error, -1, refusal.Message))
            {
                Lines = [new DecisionLine("broker-refused", $"The registration of broker {id} is refused: {refusal.Message}", IsWarning: true)],
            };
        }

        if (last is not null && IsSameStart(registration, last))
            return new Decision<RegistrationResult>([], new RegistrationResult(ErrorCode.None, last.Epoch));
        var epoch = image.Offset + 1;
        var record = Record(registration, epoch, fenced);
        var after = MetadataImageBuilder.Apply(image, [record], epoch, Math.Max(image.Epoch, 0));
        var otherDisk = last is not null && last.DirectoryId != registration.DirectoryId;
        var sweep = new PartitionSweep(new PartitionRules(after, configs));
        var wasCleanStop = WasCleanStop(registration, last);
        if (otherDisk || !wasCleanStop)
        {
            var ends = registration.LogEnds.ToDictionary(e => (e.TopicId, e.Partition), e => new OffsetAndEpoch(e.Offset, e.Epoch));
            sweep.Over(
                p => p.Isr.Contains(id) || p.Elr.Contains(id) || p.LastKnownElr.Contains(id) || (!p.HasLeader && p.Replicas.Contains(id)),
                (p, change) =>
                {
                    (change.Lost, change.LostForGood) = (id, otherDisk);
                    change.LostEnd = ends.GetValueOrDefault((change.TopicId, p.Partition), PartitionImage.NoEnd);
                });
        }
        else if (fenced)
        {
            sweep.Over(p => p.Isr.Contains(id), (p, change) => change.Isr = p.Isr.Remove(id));
        }
        else
        {
            // What it still leads it commits by the min.insync.replicas that it was started with now: with a lower one without those who were eligible.
            sweep.Over(p => p.HasLeader ? p.Leader == id && !(p.Elr.IsEmpty && p.LastKnownElr.IsEmpty) : p.Replicas.Contains(id), (_, _) => { });
        }
        return new Decision<RegistrationResult>([record, .. sweep.Records], new RegistrationResult(ErrorCode.None, epoch))
        {
            Lines = sweep.Lines(new DecisionLine("broker-registered", Headline(registration, epoch, otherDisk, wasCleanStop, sweep.Records.Count))),
        };
    }

    private static bool IsSameStart(BrokerRegistration registration, BrokerImage last) =>
        last.IncarnationId == registration.IncarnationId
        && last.DirectoryId == registration.DirectoryId
        && last.MetadataVersionMax == registration.MetadataVersionMax
        && last.AkkaAddress == registration.AkkaAddress
        && last.Endpoints.AsSpan().SequenceEqual(registration.Endpoints.AsSpan());

    private static bool WasCleanStop(BrokerRegistration registration, BrokerImage? last) =>
        registration.WasCleanStop && (last is null || registration.CleanStopEpoch is null || registration.CleanStopEpoch == last.Epoch);

    private static Refusal? Refuse(MetadataImage image, BrokerRegistration registration, BrokerImage? last, bool fenced)
    {
        if (image.MetadataVersion != 0 && (image.MetadataVersion < registration.MetadataVersionMin || image.MetadataVersion > registration.MetadataVersionMax))
        {
            return new Refusal(
                ErrorCode.UnsupportedVersion,
                $"the cluster's metadata.version is {image.MetadataVersion}; broker {registration.BrokerId} reads {registration.MetadataVersionMin} to "
                + $"{registration.MetadataVersionMax}. Start it with the release that the cluster runs.");
        }
        // A process that comes back has the same disk; the data folder is locked, so there is only one.
        if (fenced && last is { Fenced: false } && last.DirectoryId != registration.DirectoryId)
        {
            return new Refusal(
                ErrorCode.DuplicateBrokerRegistration,
                $"another node with the id {registration.BrokerId} is alive, on another disk. Give this one an id of its own, or stop the other and start this again.");
        }
        return null;
    }

    private static RegisterBrokerRecord Record(BrokerRegistration registration, long epoch, bool fenced) => new()
    {
        BrokerId = registration.BrokerId,
        BrokerEpoch = epoch,
        IncarnationId = registration.IncarnationId,
        DirectoryId = registration.DirectoryId,
        Rack = registration.Rack,
        Fenced = fenced,
        AkkaAddress = registration.AkkaAddress,
        MetadataVersionMin = registration.MetadataVersionMin,
        MetadataVersionMax = registration.MetadataVersionMax,
        MinInsyncReplicas = registration.MinInsyncReplicas,
        Endpoints = [.. registration.Endpoints.Select(e => new RegisterBrokerRecord.RegisteredEndpoint
        {
            Listener = e.Listener, Host = e.Host, Port = checked((ushort)e.Port), SecurityProtocol = e.SecurityProtocol,
        })],
    };

    private static string Headline(BrokerRegistration registration, long epoch, bool otherDisk, bool wasCleanStop, int changed)
    {
        var stop = otherDisk ? "its disk is another one than before"
            : wasCleanStop ? "its last stop was clean"
            : registration.WasCleanStop ? $"its clean-stop mark is not of its last life (epoch {registration.CleanStopEpoch})"
            : "its last stop was unclean";
        var left = changed == 0 ? "" : $"; {changed} partitions changed by that";
        return $"Broker {registration.BrokerId} is registered with epoch {epoch}; {stop}{left}.";
    }
}
