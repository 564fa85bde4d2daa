using Akka.Broker.Protocol;

namespace Akka.Broker.Coordination.Commands;

/// <summary>A way to share work that a member offers, with what the assignor needs to know of the member. Opaque to the broker.</summary>
public sealed record MemberProtocol(string Name, ReadOnlyMemory<byte> Metadata)
{
    public bool Matches(MemberProtocol other) => Name == other.Name && Metadata.Span.SequenceEqual(other.Metadata.Span);
}

/// <summary>JoinGroup: be part of the next generation.</summary>
/// <param name="MemberId">Empty for who has none yet.</param>
/// <param name="InstanceId"><c>group.instance.id</c>, of a static member.</param>
/// <param name="NewMemberToken">What makes a new member id unique, should one be given out.</param>
/// <param name="ClientId">As the request header says, empty if it says nothing.</param>
/// <param name="ClientHost">For the operator's eyes.</param>
/// <param name="SessionTimeoutMs">Without a heartbeat for this long it is out.</param>
/// <param name="RebalanceTimeoutMs">How long it may take to join once a rebalance began.</param>
/// <param name="ProtocolType">What kind of group: <c>consumer</c>, <c>connect</c>, ...</param>
/// <param name="Protocols">In the order of the member's preference.</param>
/// <param name="RequireKnownMemberId">From version 4: a new dynamic member is given its id first and joins with it.</param>
/// <param name="SupportsSkippingAssignment">From version 9: the leader can be told not to run the assignor.</param>
public sealed record JoinCommand(
    string MemberId,
    string? InstanceId,
    string NewMemberToken,
    string ClientId,
    string ClientHost,
    int SessionTimeoutMs,
    int RebalanceTimeoutMs,
    string ProtocolType,
    IReadOnlyList<MemberProtocol> Protocols,
    bool RequireKnownMemberId,
    bool SupportsSkippingAssignment) : GroupCommand
{
    public override bool CreatesGroup => MemberId.Length == 0;

    public override GroupResult Fail(ErrorCode error) => JoinResult.Failed(error, MemberId);

    public override GroupResult AnswerWithoutGroup() => Fail(ErrorCode.UnknownMemberId);
}

/// <summary>A member as its generation's leader sees it.</summary>
public sealed record JoinedMember(string MemberId, string? InstanceId, ReadOnlyMemory<byte> Metadata);

/// <summary>The answer to <see cref="JoinCommand"/>. <see cref="Members"/> is filled for the leader alone.</summary>
public sealed record JoinResult(
    ErrorCode Error,
    string MemberId,
    int GenerationId,
    string? ProtocolType,
    string? ProtocolName,
    string LeaderId,
    bool SkipAssignment,
    IReadOnlyList<JoinedMember> Members) : GroupResult
{
    public static JoinResult Failed(ErrorCode error, string memberId) => new(error, memberId, -1, null, null, "", false, []);
}
