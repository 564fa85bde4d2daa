using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// The metadata log's own records (KIP-595, KIP-630, KIP-853), in control batches that no image sees: who leads from here on, the voters, and the first and
/// last records of a snapshot.
/// </summary>
public static class ControlBatches
{
    // The level of KIP-853: voters are records.
    private const short KRaftVersion = 1;

    /// <summary>The first record of an epoch; with <paramref name="voters"/>, the log's first voter set stands behind it.</summary>
    public static byte[] LeaderChange(int leader, int epoch, VoterSet current, IEnumerable<ReplicaKey> granting, VoterSet? voters, long baseOffset, long timestampMs)
    {
        using var builder = Builder(baseOffset, epoch);
        Append(builder, ControlRecordType.LeaderChange, timestampMs, new LeaderChangeMessage
        {
            Version = 1,
            LeaderId = leader,
            Voters = [.. current.Keys.Select(Of)],
            GrantingVoters = [.. granting.Select(Of)],
        }, 1);
        if (voters is not null)
            AppendVoters(builder, voters, timestampMs);
        return builder.ToArray();
    }

    /// <summary>A new voter set.</summary>
    public static byte[] Voters(VoterSet voters, int epoch, long baseOffset, long timestampMs)
    {
        using var builder = Builder(baseOffset, epoch);
        Append(builder, ControlRecordType.KRaftVoters, timestampMs, Of(voters));
        return builder.ToArray();
    }

    /// <summary>What a snapshot begins with.</summary>
    public static byte[] SnapshotHeader(VoterSet voters, int epoch, long lastContainedTimestampMs)
    {
        using var builder = Builder(0, epoch);
        Append(builder, ControlRecordType.SnapshotHeader, lastContainedTimestampMs, new SnapshotHeaderRecord { LastContainedLogTimestamp = lastContainedTimestampMs });
        AppendVoters(builder, voters, lastContainedTimestampMs);
        return builder.ToArray();
    }

    /// <summary>What a whole snapshot ends with.</summary>
    public static byte[] SnapshotFooter(int epoch, long baseOffset, long timestampMs)
    {
        using var builder = Builder(baseOffset, epoch);
        Append(builder, ControlRecordType.SnapshotFooter, timestampMs, new SnapshotFooterRecord());
        return builder.ToArray();
    }

    /// <summary>The last voter set among the batches, and its offset; batches behind a torn one are not looked at.</summary>
    public static bool TryFindVoters(ReadOnlyMemory<byte> batches, out long offset, [NotNullWhen(true)] out VoterSet? voters)
    {
        (offset, voters) = (-1, null);
        while (RecordBatch.TryRead(batches, out var batch))
        {
            batches = batches[batch.SizeInBytes..];
            if (!batch.IsControl)
                continue;
            foreach (var record in new RecordReader(batch, batch.Payload.Span))
            {
                if (ControlRecord.TryReadType(record.Key.Span, out var type) && type == ControlRecordType.KRaftVoters)
                    (offset, voters) = (record.Offset, Of(Read<VotersRecord>(record.Value.Span.ToArray())));
            }
        }
        return voters is not null;
    }

    /// <summary>Who leads from this batch on, if it begins an epoch; else null.</summary>
    public static int? LeaderOf(RecordBatch batch)
    {
        if (!batch.IsControl)
            return null;
        var records = new RecordReader(batch, batch.Payload.Span);
        return records.MoveNext() && ControlRecord.TryReadType(records.Current.Key.Span, out var type) && type == ControlRecordType.LeaderChange
            ? Read<LeaderChangeMessage>(records.Current.Value.Span.ToArray()).LeaderId
            : null;
    }

    /// <summary>Whether the batch is the end of a whole snapshot.</summary>
    public static bool IsSnapshotFooter(RecordBatch batch)
    {
        if (!batch.IsControl)
            return false;
        var records = new RecordReader(batch, batch.Payload.Span);
        return records.MoveNext() && ControlRecord.TryReadType(records.Current.Key.Span, out var type) && type == ControlRecordType.SnapshotFooter;
    }

    private static RecordBatchBuilder Builder(long baseOffset, int epoch) =>
        new(new RecordBatchOptions { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch, IsControl = true });

    private static void AppendVoters(RecordBatchBuilder builder, VoterSet voters, long timestampMs)
    {
        Append(builder, ControlRecordType.KRaftVersion, timestampMs, new KRaftVersionRecord { KRaftVersion = KRaftVersion });
        Append(builder, ControlRecordType.KRaftVoters, timestampMs, Of(voters));
    }

    private static void Append(RecordBatchBuilder builder, ControlRecordType type, long timestampMs, IMessage value, short version = 0)
    {
        using var writer = new MessageWriter(64);
        value.Write(writer, version);
        builder.Append(timestampMs, ControlRecord.Key(type), writer.ToArray());
    }

    private static T Read<T>(byte[] value) where T : IData, new()
    {
        // The first field is the version that the rest is written in.
        var version = new MessageReader(value).ReadInt16();
        if (version < T.LowestVersion || version > T.HighestVersion)
            throw new MalformedMessageException($"{typeof(T).Name} has version {version}; {T.LowestVersion} to {T.HighestVersion} are known.");
        var reader = new MessageReader(value);
        var message = new T();
        message.Read(ref reader, version);
        return message;
    }

    private static LeaderChangeMessage.LeaderChangeVoter Of(ReplicaKey key) => new() { VoterId = key.Id, VoterDirectoryId = key.DirectoryId };

    private static VotersRecord Of(VoterSet voters) => new()
    {
        Voters =
        [
            .. voters.All.Select(v => new VotersRecord.Voter
            {
                VoterId = v.Id,
                VoterDirectoryId = v.Key.DirectoryId,
                Endpoints = [.. v.Endpoints.Select(e => new VotersRecord.VoterEndpoint { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port })],
                KRaftVersionFeature = new() { MinSupportedVersion = KRaftVersion, MaxSupportedVersion = KRaftVersion },
            }),
        ],
    };

    private static VoterSet Of(VotersRecord record) => new(record.Voters.Select(v => new Voter(
        v.VoterId, v.VoterDirectoryId, [.. v.Endpoints.Select(e => new VoterEndpoint(e.Name, e.Host, e.Port))])));
}
