using System.Text;
using Akka.Broker.Coordination.Classic;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Coordination.Members;
using Akka.Broker.Coordination.Records;
using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Offsets;

/// <summary>What OffsetCommit and OffsetFetch do.</summary>
internal sealed class OffsetCommits(GroupCore core, GroupOffsets offsets)
{
    public void Handle(RequestId request, CommitOffsetsCommand commit, Moment now)
    {
        var error = Check(commit, out var member);
        if (error != ErrorCode.None)
        {
            core.Answer(request, commit.Fail(error));
            return;
        }

        if (member is not null)
            core.RestartSession(member, now);

        var result = CommitOffsetsResult.All(commit.Offsets.Count, ErrorCode.None);
        var records = new List<GroupRecord>(commit.Offsets.Count);
        for (var i = 0; i < commit.Offsets.Count; i++)
        {
            var offset = commit.Offsets[i];
            if (IsMetadataTooLong(offset.Metadata))
                result.Errors[i] = ErrorCode.OffsetMetadataTooLarge;
            else
                records.Add(ToRecord(offset, now));
        }

        if (records.Count == 0)
        {
            core.Answer(request, result);
            return;
        }

        foreach (var record in records)
            offsets.AddPending(((OffsetRecord)record).Partition);
        core.Write(
            records,
            committed: _ => Finish(request, records, result),
            refused: (reason, _) =>
            {
                for (var i = 0; i < result.Errors.Length; i++)
                {
                    if (result.Errors[i] == ErrorCode.None)
                        result.Errors[i] = reason;
                }

                Finish(request, records, result);
            });
    }

    public void Handle(RequestId request, FetchOffsetsCommand fetch)
    {
        var fetched = fetch.Partitions is null
            ? offsets.Stored.Keys.Select(p => Read(p, fetch.RequireStable)).ToArray()
            : fetch.Partitions.Select(p => Read(p, fetch.RequireStable)).ToArray();
        core.Answer(request, new FetchOffsetsResult(ErrorCode.None, fetched));
    }

    /// <summary>
    /// Without members anybody may commit who does not claim to be one; with members only they may, in their generation. In the join phase they
    /// still may: they have to, before they give partitions up. A member that waits for its assignment has nothing that it could have read.
    /// </summary>
    private ErrorCode Check(CommitOffsetsCommand commit, out GroupMember? member)
    {
        member = null;
        if (commit.GenerationId < 0 && core.State == GroupState.Empty)
            return ErrorCode.None;
        if (commit.GenerationId < 0 && commit.MemberId.Length == 0 && commit.InstanceId is null)
            return ErrorCode.UnknownMemberId;
        var error = core.CheckMember(commit.MemberId, commit.InstanceId, out member);
        if (error != ErrorCode.None)
            return error;
        if (commit.GenerationId != core.GenerationId)
            return ErrorCode.IllegalGeneration;
        return core.State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private bool IsMetadataTooLong(string metadata)
    {
        var max = core.Config.OffsetMetadataMaxBytes;
        return metadata.Length > max || Encoding.UTF8.GetByteCount(metadata) > max;
    }

    private OffsetRecord ToRecord(OffsetToCommit offset, Moment now) => new(
        core.Id,
        offset.Partition,
        new CommittedOffset(
            offset.Offset,
            offset.LeaderEpoch,
            offset.Metadata,
            now.UnixMs,
            offset.RetentionMs < 0 ? null : now.UnixMs + offset.RetentionMs));

    private void Finish(RequestId request, List<GroupRecord> records, CommitOffsetsResult result)
    {
        foreach (var record in records)
            offsets.RemovePending(((OffsetRecord)record).Partition);
        core.Answer(request, result);
    }

    private FetchedOffset Read(TopicPartition partition, bool requireStable)
    {
        if (requireStable && offsets.IsPending(partition))
            return FetchedOffset.None(partition, ErrorCode.UnstableOffsetCommit);
        return offsets.Stored.TryGetValue(partition, out var stored)
            ? new FetchedOffset(partition, stored.Offset, stored.LeaderEpoch, stored.Metadata, ErrorCode.None)
            : FetchedOffset.None(partition);
    }
}
