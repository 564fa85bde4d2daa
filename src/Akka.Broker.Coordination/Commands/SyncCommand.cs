using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>What the leader gives to one member. Opaque to the broker.</summary>
public sealed record MemberAssignment(string MemberId, ReadOnlyMemory<byte> Assignment);

/// <summary>SyncGroup: the leader brings the assignment, everybody fetches its own.</summary>
/// <param name="MemberId">As JoinGroup gave it.</param>
/// <param name="InstanceId"><c>group.instance.id</c>, of a static member.</param>
/// <param name="GenerationId">As JoinGroup gave it.</param>
/// <param name="ProtocolType">From version 5; must be the group's.</param>
/// <param name="ProtocolName">From version 5; must be the generation's.</param>
/// <param name="Assignments">Of the leader; of others ignored.</param>
public sealed record SyncCommand(
    string MemberId,
    string? InstanceId,
    int GenerationId,
    string? ProtocolType,
    string? ProtocolName,
    IReadOnlyList<MemberAssignment> Assignments) : GroupCommand
{
    /// <summary>
    /// A coordinator that loads has lost the running rebalance, so the member has to join again; older clients do not expect
    /// COORDINATOR_LOAD_IN_PROGRESS here.
    /// </summary>
    public override GroupResult Fail(ErrorCode error) =>
        SyncResult.Failed(error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.RebalanceInProgress : error);

    public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.UnknownMemberId);
}

/// <summary>The answer to <see cref="SyncCommand"/>.</summary>
public sealed record SyncResult(ErrorCode Error, string? ProtocolType, string? ProtocolName, ReadOnlyMemory<byte> Assignment) : GroupResult
{
    public static SyncResult Failed(ErrorCode error) => new(error, null, null, default);
}
