using System.Collections.Frozen;
using System.Globalization;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Protocol.Records;
using Akka.Broker.Replication.Metadata.Records;

namespace Akka.Broker.Replication.Metadata;

/// <summary>
/// The metadata log's encoding: one decision of the controller is one record batch of format 2, each record's value one framed metadata record.
/// <code>
/// varint  frame version = 1
/// varint  type, the number in the record's schema
/// varint  version of the type
/// ...     the record, as its schema says
/// </code>
/// The batch is the unit of atomicity: a torn one is cut by the log's recovery, so a decision is there whole or not at all. Its leader epoch is the
/// controller's. What this build does not know is refused by name and never skipped: an image without a record that others applied would be wrong.
/// </summary>
public static class MetadataRecordCodec
{
    private const byte FrameVersion = 1;

    private static readonly FrozenDictionary<short, Kind> Kinds = new[]
    {
        Kind.Of<RegisterBrokerRecord>(RegisterBrokerRecord.TypeKey, MetadataVersion.Initial, MetadataVersion.Cluster),
        Kind.Of<UnregisterBrokerRecord>(UnregisterBrokerRecord.TypeKey),
        Kind.Of<TopicRecord>(TopicRecord.TypeKey),
        Kind.Of<PartitionRecord>(PartitionRecord.TypeKey, MetadataVersion.Initial, MetadataVersion.Cluster),
        Kind.Of<ConfigRecord>(ConfigRecord.TypeKey),
        Kind.Of<PartitionChangeRecord>(PartitionChangeRecord.TypeKey, MetadataVersion.Initial, MetadataVersion.Cluster),
        Kind.Of<RemoveTopicRecord>(RemoveTopicRecord.TypeKey),
        Kind.Of<FeatureLevelRecord>(FeatureLevelRecord.TypeKey),
        Kind.Of<ProducerIdsRecord>(ProducerIdsRecord.TypeKey),
        Kind.Of<BrokerRegistrationChangeRecord>(BrokerRegistrationChangeRecord.TypeKey, MetadataVersion.Initial, MetadataVersion.Cluster),
        Kind.Of<ClusterFormedRecord>(ClusterFormedRecord.TypeKey),
        Kind.Of<ClientQuotaRecord>(ClientQuotaRecord.TypeKey, MetadataVersion.Quotas),
    }.ToFrozenDictionary(k => k.TypeKey);

    private static readonly FrozenDictionary<Type, Kind> KindsByClass = Kinds.Values.ToFrozenDictionary(k => k.Class);

    /// <summary>The record in its frame, in the version that the level of <c>metadata.version</c> asks for.</summary>
    public static byte[] Encode(IMessage record, short metadataVersion)
    {
        Invariant.Check(metadataVersion is >= MetadataVersion.Initial and <= MetadataVersion.Latest);
        var kind = KindsByClass[record.GetType()];
        var version = kind.VersionAt(metadataVersion);
        using var writer = new MessageWriter(64);
        writer.WriteUnsignedVarint(FrameVersion);
        writer.WriteUnsignedVarint((uint)kind.TypeKey);
        writer.WriteUnsignedVarint((uint)version);
        record.Write(writer, version);
        return writer.ToArray();
    }

    /// <exception cref="UnsupportedMetadataException">A newer build wrote it.</exception>
    /// <exception cref="MalformedMessageException">It is no metadata record.</exception>
    public static IMessage Decode(ReadOnlyMemory<byte> value)
    {
        var reader = new MessageReader(value);
        var frame = reader.ReadUnsignedVarint();
        if (frame != FrameVersion)
            throw Unsupported(string.Create(CultureInfo.InvariantCulture, $"frame version {frame}; this node reads {FrameVersion}"));
        var type = reader.ReadUnsignedVarint();
        if (type > short.MaxValue || !Kinds.TryGetValue((short)type, out var kind))
            throw Unsupported(string.Create(CultureInfo.InvariantCulture, $"type {type}; this node knows {string.Join(", ", Kinds.Keys.Order())}"));
        var version = reader.ReadUnsignedVarint();
        if (version > (uint)kind.HighestVersion)
            throw Unsupported(string.Create(CultureInfo.InvariantCulture, $"{kind.Class.Name} version {version}; this node reads up to {kind.HighestVersion}"));
        var record = kind.Create();
        record.Read(ref reader, (short)version);
        reader.ExpectEnd();
        return record;
    }

    /// <summary>One decision as a batch that belongs to the caller.</summary>
    public static byte[] EncodeBatch(IReadOnlyList<IMessage> records, short metadataVersion, long baseOffset, int epoch, long timestampMs)
    {
        Invariant.Check(records.Count > 0);
        using var builder = new RecordBatchBuilder(new RecordBatchOptions { BaseOffset = baseOffset, PartitionLeaderEpoch = epoch });
        foreach (var record in records)
            builder.Append(timestampMs, NullableBytes.Null, Encode(record, metadataVersion));
        return builder.ToArray();
    }

    /// <summary>The records of a batch; none of a control batch, which is the log's own.</summary>
    /// <exception cref="UnsupportedMetadataException">A newer build wrote it.</exception>
    /// <exception cref="MalformedMessageException">A value is no metadata record.</exception>
    public static List<IMessage> DecodeBatch(RecordBatch batch)
    {
        if (batch.IsControl)
            return [];
        var records = new List<IMessage>(batch.RecordCount);
        using var payload = RecordBatchReader.Decompress(batch, int.MaxValue);
        foreach (var record in payload.Records)
            records.Add(Decode(record.Value.Span.ToArray()));
        return records;
    }

    private static UnsupportedMetadataException Unsupported(string what) =>
        new($"The metadata log holds a record of {what}. Start this node with the release that the cluster runs.");

    /// <param name="TypeKey">The number in the record's schema.</param>
    /// <param name="HighestVersion">Of the schema.</param>
    /// <param name="Levels">At <c>[v]</c> the level of <c>metadata.version</c> from which on version v is written.</param>
    /// <param name="Class">What is made of it.</param>
    /// <param name="Create">Makes one.</param>
    private sealed record Kind(short TypeKey, short HighestVersion, short[] Levels, Type Class, Func<IMessage> Create)
    {
        public static Kind Of<T>(short typeKey, params short[] levels) where T : IData, new()
        {
            if (levels.Length == 0)
                levels = [MetadataVersion.Initial];
            Invariant.Check(levels.Length == T.HighestVersion + 1);
            return new(typeKey, T.HighestVersion, levels, typeof(T), static () => new T());
        }

        public short VersionAt(short level)
        {
            var version = HighestVersion;
            while (version >= 0 && Levels[version] > level)
                version--;
            Invariant.Check(version >= 0);
            return version;
        }
    }
}
