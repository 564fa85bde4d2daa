using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Consuming;

/// <summary>What <see cref="GroupMembership"/> wants done, in order. What asks for an answer carries the number that the answer must bring back.</summary>
internal abstract record MembershipEffect;

/// <summary>Find out which broker coordinates the group; answer with <see cref="GroupMembership.OnCoordinator"/>.</summary>
internal sealed record FindCoordinator(int Number) : MembershipEffect;

/// <summary>Answer with <see cref="GroupMembership.OnJoined"/>.</summary>
internal sealed record SendJoin(int Number, int Coordinator, JoinGroupRequest Request) : MembershipEffect;

/// <summary>This member leads: divide the partitions, answer with <see cref="GroupMembership.OnAssigned"/>.</summary>
internal sealed record ComputeAssignment(int Number, IPartitionAssignor Assignor, IReadOnlyList<GroupMember> Members) : MembershipEffect;

/// <summary>Answer with <see cref="GroupMembership.OnSynced"/>.</summary>
internal sealed record SendSync(int Number, int Coordinator, SyncGroupRequest Request) : MembershipEffect;

/// <summary>Answer with <see cref="GroupMembership.OnHeartbeat"/>.</summary>
internal sealed record SendHeartbeat(int Number, int Coordinator, HeartbeatRequest Request) : MembershipEffect;

/// <summary>Nobody waits for the answer longer than a moment; answer with <see cref="GroupMembership.OnLeft"/>.</summary>
internal sealed record SendLeave(int Number, int Coordinator, LeaveGroupRequest Request) : MembershipEffect;

/// <summary>Stop delivering these, let handlers finish and commit, unless they are lost (somebody else may have them); then <see cref="GroupMembership.OnRevoked"/>.</summary>
internal sealed record RevokePartitions(int Number, IReadOnlyList<TopicPartition> Partitions, bool IsLost) : MembershipEffect;

/// <summary>Begin to consume these, besides what else is owned. Comes after each rebalance, perhaps with none.</summary>
internal sealed record AssignPartitions(IReadOnlyList<TopicPartition> Added) : MembershipEffect;

/// <summary>It cannot go on: wrong settings, no permission, or another member with the same instance id has taken over.</summary>
internal sealed record MembershipFailed(ErrorCode Error, string Reason) : MembershipEffect;

/// <summary>The group is left; nothing follows.</summary>
internal sealed record MembershipEnded : MembershipEffect;
