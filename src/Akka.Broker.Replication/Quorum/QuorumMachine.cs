using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Quorum;

/// <summary>
/// One replica of the metadata log: Raft as KRaft applies it (KIP-595, KIP-853, KIP-996). Pure: an event and the time go in, the log is changed through
/// <see cref="IQuorumLog"/>, effects come out and are carried in their order. One caller at a time; the same events and seed give the same run.
/// <code>
///                 hears of a leader of its epoch or a newer one, from any role
///        ┌──────────────────────────────────────────────────────────────────────────────▶ Follower
///        │                                                                                    │ no fetch answer for a while, or the leader
///        │                                                                                    │ says that it leads no more
///   Unattached ◀──────────────────────────────────────────────────────────────────────────────┘
///    │   ▲   ▲  ◀── a newer epoch without a leader, from any role
///    │   │   └──── refused, or no answers: waits, longer each time ──┐
///    │   │                                                           │
///    │   └── refused ── Prospective ── majority would ──▶ Candidate ─┘
///    │  its turn            ▲                                │ majority did
///    └──────────────────────┘                                ▼
///                                                          Leader ── no majority's fetches, a newer epoch, resigned ──▶ Unattached
///
///   event             Unattached           Prospective        Candidate         Follower             Leader
///   vote, newer       Unattached, vote     the same           the same          the same             lost; Unattached, vote
///   vote, same epoch  first asker, log ok  as Unattached      refused           refused              refused
///   pre-vote          log ok               log ok             log ok            refused if it hears  refused
///   fetch             "not I", who leads   the same           the same          the same             records, or where logs part, or a snapshot
///   begin epoch       Follower             Follower           Follower          stays                refused if older
///   end epoch         claims by rank       the same           -                 Unattached, by rank  -
/// </code>
/// <para>
/// More complete is the log whose last record's epoch is higher, then the longer one; a vote goes to no shorter log than the voter's. A leader first appends a
/// record of its own epoch; when a majority has that on disk, all before it is committed and it may decide (<see cref="LeadershipWon"/>). Whoever fetches
/// says by its offset what it has on its disk.
/// </para>
/// <para>
/// Membership orders who claims first: the oldest reachable voter at once, each next one a step later, and a voter that refused a shorter log goes next.
/// It never forbids a claim.
/// </para>
/// <para>
/// Nobody can tell from a disk alone that it is an old copy of itself: the same directory id, a log that ends earlier, votes that are forgotten. So the first
/// leader that answers after a start, and knows what is committed, tells how far the log must reach (<see cref="Owed"/>). Until that is on the disk, the replica
/// votes as if its log ended there, over further restarts too, and claims nothing: a candidate without what this replica had helped to commit does not get its
/// vote. Whoever is merely behind is held to the same, and loses nothing by it, since no log without committed records may win. The leader keeps each voter's
/// word in memory (<see cref="ReplicaProgress.Acknowledged"/>), tells of a log that went back, and does not count it until it is where it was. What this
/// leaves open is an old copy that is asked for its vote before any leader has answered it; a voter that must wait for a leader to vote would be no voter when
/// the leader is gone. Hence an old copy is to be started while the others have a controller, or with another directory id.
/// </para>
/// <para>
/// Invariants: the epoch never falls; in an epoch it votes once, and never follows two leaders; the watermark never falls, is not above what is synced, and
/// nothing below it is truncated; voter sets change by one voter, when the change before is committed.
/// </para>
/// A crash leaves the election state that was persisted and the log that was synced.
/// </summary>
public sealed class QuorumMachine
{
    private readonly QuorumElector _elector;
    private readonly QuorumFetcher _fetcher;
    private List<QuorumEffect> _effects = [];
    private QuorumLeader? _leader;
    private ElectionState _persisted;
    private readonly long _firstId;
    private long _nextId;
    private bool _started;
    private bool _isMeasured;

    /// <param name="options">Who this is, and its times.</param>
    /// <param name="log">The log and its snapshots, as the disk has them.</param>
    /// <param name="stored">The election state that was persisted last; null if none ever was.</param>
    /// <param name="firstVoters">What counts where neither log nor snapshot names voters.</param>
    /// <param name="random">For waits and message ids; the machine's own.</param>
    public QuorumMachine(QuorumOptions options, IQuorumLog log, ElectionState? stored, VoterSet firstVoters, Random random)
    {
        Options = options;
        Log = log;
        Random = random;
        stored ??= ElectionState.Initial;
        _persisted = stored;
        Epoch = Math.Max(stored.Epoch, log.LastEpoch);
        if (stored.Epoch == Epoch)
        {
            VotedFor = stored.VotedFor;
            LeaderId = stored.LeaderId == options.Self.Id ? -1 : stored.LeaderId;
        }
        Owed = stored.Owed;
        HighWatermark = Math.Max(log.StartOffset, log.Snapshot?.Offset ?? 0);
        History = VoterHistory.Of(log, firstVoters);
        _elector = new QuorumElector(this);
        _fetcher = new QuorumFetcher(this);
        _firstId = _nextId = random.NextInt64(1L << 40) << 20;
    }

    public QuorumOptions Options { get; }

    public QuorumRole Role { get; private set; }

    /// <summary>The newest epoch that it has seen.</summary>
    public int Epoch { get; private set; }

    /// <summary>In <see cref="Epoch"/>.</summary>
    public ReplicaKey? VotedFor { get; private set; }

    /// <summary>Whom it follows, or itself; -1 if it hears nobody.</summary>
    public int CurrentLeader => HasLeader ? LeaderId : -1;

    /// <summary>Everything before it is committed.</summary>
    public long HighWatermark { get; private set; }

    /// <summary>
    /// What a leader had committed when it first answered this start or one before, while this log did not reach there: it may have held it once. Null when it does.
    /// </summary>
    public LogPosition? Owed { get; private set; }

    /// <summary>The newest in the log, committed or not.</summary>
    public VoterSet Voters => History.Latest;

    public bool IsVoter => Voters.Contains(Options.Self);

    /// <summary>Leads, and the first record of its epoch is committed.</summary>
    public bool MayDecide => _leader is { IsEstablished: true };

    /// <summary>What the leader knows of those who fetch; null if this is not the leader.</summary>
    public IReadOnlyDictionary<ReplicaKey, ReplicaProgress>? Replicas => _leader?.Replicas;

    /// <summary>
    /// When, at the latest, this replica had all that was committed, for certain: a majority of the voters followed it, or it has taken in what its leader answered to
    /// a query sent then. Null where that is not known.
    /// </summary>
    public long? CurrentMs => !HasCommittedInEpoch ? null : _leader is { } leader ? leader.MajorityProvenAt() ?? Now : _fetcher.CurrentAt;

    /// <summary>Of this node's broker, sent with each fetch; -1 before it is registered.</summary>
    public long BrokerEpoch { get; set; } = -1;

    /// <summary>Membership's order of candidates: node ids of reachable members, oldest first. Whoever leads may stand in it.</summary>
    public ImmutableArray<int> Candidates { get; private set; } = [];

    /// <summary>When <see cref="Tick"/> has something to do, unless another event comes first.</summary>
    public long NextTickMs => !_started ? long.MinValue : _leader is { } leader ? leader.NextTickMs : Math.Min(_elector.NextTickMs, _fetcher.NextTickMs);

    public IQuorumLog Log { get; }

    internal Random Random { get; }

    internal VoterHistory History { get; }

    internal long Now { get; private set; }

    /// <summary>Who leads, or led until it was lost, in <see cref="Epoch"/>; -1: not known.</summary>
    internal int LeaderId { get; private set; } = -1;

    internal bool HasLeader => Role is QuorumRole.Follower or QuorumRole.Leader;

    /// <summary>A follower has an answer of the leader itself.</summary>
    internal bool HearsLeader => Role == QuorumRole.Leader || (Role == QuorumRole.Follower && _fetcher.HasHeard);

    /// <summary>A record of <see cref="Epoch"/> is committed here.</summary>
    internal bool HasCommittedInEpoch =>
        Log.LastEpoch == Epoch && (Log.Snapshot?.Epoch == Epoch || HighWatermark > (Log.EndOf(Epoch - 1)?.Offset ?? Log.StartOffset));

    internal LogPosition LogEnd => new(Log.LastEpoch, Log.EndOffset);

    /// <summary>The log ends before what it owes.</summary>
    internal bool IsShort => Owed is { } owed && LogEnd < owed;

    /// <summary>A candidate's log must end here at least.</summary>
    internal LogPosition VoteFloor => IsShort ? Owed!.Value : LogEnd;

    // ---- Events ----

    /// <summary>Once, before all others. A lone voter that owes nothing leads at once.</summary>
    public IReadOnlyList<QuorumEffect> Start(long nowMs)
    {
        Begin(nowMs);
        Invariant.Check(!_started);
        _started = true;
        if (!Voters.IsEmpty)
            Emit(new VotersChanged(Voters));
        if (IsVoter && Voters.Count % 2 == 0)
            Emit(new Decided($"The metadata quorum has {Voters.Count} voters {Voters}: an even number bears no more losses than one less. Add or take away one.", IsWarning: true));
        // One that owes may only believe that it is alone: what made others voters may be what it lacks.
        if (IsVoter && Voters.Count == 1 && !IsShort)
            _elector.Claim();
        else
            _elector.WaitForTurn();
        return End();
    }

    public IReadOnlyList<QuorumEffect> Tick(long nowMs)
    {
        Begin(nowMs);
        if (_leader is { } leader)
            leader.Tick();
        else
            _elector.Tick();
        return End();
    }

    public IReadOnlyList<QuorumEffect> Receive(QuorumMessage message, long nowMs)
    {
        Begin(nowMs);
        if (message.To == Options.Self.Id)
        {
            switch (message)
            {
                case VoteQuery vote: _elector.OnVote(vote); break;
                case VoteReply reply: _elector.OnReply(reply); break;
                case BeginEpochQuery begin: OnBeginEpoch(begin); break;
                case BeginEpochReply reply: OnBeginEpochReply(reply); break;
                case EndEpochQuery end: OnEndEpoch(end); break;
                case EndEpochReply reply: Learn(reply.Epoch, reply.LeaderId); break;
                case FetchQuery fetch: OnFetch(fetch); break;
                case FetchReply reply: _fetcher.OnReply(reply); break;
                case SnapshotQuery fetch: OnSnapshotFetch(fetch); break;
                case SnapshotReply reply: _fetcher.OnReply(reply); break;
            }
        }
        return End();
    }

    /// <summary>A query got no answer: sending failed, the connection broke or the time was up. <paramref name="nobodyListens"/>: the port is closed, so its process is gone.</summary>
    public IReadOnlyList<QuorumEffect> QueryFailed(long id, bool nobodyListens, long nowMs)
    {
        Begin(nowMs);
        _elector.OnFailed(id);
        _fetcher.OnFailed(id, nobodyListens);
        return End();
    }

    /// <summary><see cref="IQuorumLog.SyncedOffset"/> has moved.</summary>
    public IReadOnlyList<QuorumEffect> LogSynced(long nowMs)
    {
        Begin(nowMs);
        if (_leader is { } leader)
            leader.Advance();
        else
            _fetcher.Advance();
        return End();
    }

    /// <summary><see cref="IQuorumLog.StartOffset"/> has moved behind a new snapshot.</summary>
    public IReadOnlyList<QuorumEffect> LogStartMoved(long nowMs)
    {
        Begin(nowMs);
        History.StartAt(Log.StartOffset);
        return End();
    }

    /// <summary>Membership sees these nodes, oldest first.</summary>
    public IReadOnlyList<QuorumEffect> MembershipChanged(ImmutableArray<int> candidates, long nowMs)
    {
        Begin(nowMs);
        Candidates = candidates;
        _elector.OnCandidatesChanged();
        _fetcher.OnCandidatesChanged();
        return End();
    }

    /// <summary>
    /// The leader appends what it decided: whole batches of its epoch that begin at the log's end. They are committed when the watermark passes them in the
    /// same epoch. False, and nothing is appended, if this is not the leader or they do not fit.
    /// </summary>
    public bool TryAppend(ReadOnlyMemory<byte> batches, long nowMs, [NotNullWhen(false)] out string? refusal, out IReadOnlyList<QuorumEffect> effects)
    {
        Begin(nowMs);
        refusal = _leader is { } leader ? leader.TryAppend(batches) : "It does not lead.";
        effects = End();
        return refusal is null;
    }

    /// <summary>The leader appends a new voter set. The outcome is known as of <see cref="TryAppend"/>.</summary>
    public bool TryChangeVoters(VoterSet next, long nowMs, [NotNullWhen(false)] out string? refusal, out IReadOnlyList<QuorumEffect> effects)
    {
        if (StarvationOf(next, nowMs) is not { } starvation)
            return TryAppend(ControlBatches.Voters(next, Epoch, Log.EndOffset, Options.TimestampMs()), nowMs, out refusal, out effects);
        (refusal, effects) = (starvation, []);
        return false;
    }

    /// <summary>Why the set would have no majority to commit anything, itself included: too few of it follow; null: it would have one.</summary>
    public string? StarvationOf(VoterSet next, long nowMs) => _leader?.StarvationOf(next, nowMs);

    /// <summary>Why the leader could not append the set now; null: it could.</summary>
    public string? RefusalOf(VoterSet next) => _leader is { } leader ? leader.RefusalOf(next) : "It does not lead.";

    /// <summary>Leads no more, for a reason of its owner: a failed write, a stop.</summary>
    public IReadOnlyList<QuorumEffect> Resign(string reason, long nowMs)
    {
        Begin(nowMs);
        if (_leader is not null)
            ResignLeadership(reason);
        return End();
    }

    /// <summary>
    /// Asks a majority anew whether it still follows: <see cref="LeadershipConfirmed"/> says so of the time of this call. At once false without leadership.
    /// </summary>
    public IReadOnlyList<QuorumEffect> Confirm(long token, long nowMs)
    {
        Begin(nowMs);
        if (_leader is { } leader)
            leader.Confirm(token);
        else
            Emit(new LeadershipConfirmed(token, false));
        return End();
    }

    /// <summary>The voters as of a snapshot that ends at the offset.</summary>
    public VoterSet VotersAt(long offset) => History.At(offset);

    // ---- Transitions ----

    internal void BecomeUnattached(int epoch, string? reason)
    {
        Leave(reason ?? $"Epoch {epoch} has begun.");
        EnterEpoch(epoch, -1);
        Role = QuorumRole.Unattached;
        Persist();
        _fetcher.Reset();
        _elector.WaitForTurn();
    }

    internal void BecomeProspective()
    {
        Invariant.Check(Role == QuorumRole.Unattached);
        Role = QuorumRole.Prospective;
    }

    internal void BecomeCandidate()
    {
        EnterEpoch(Epoch + 1, -1);
        VotedFor = Options.Self;
        Role = QuorumRole.Candidate;
        _fetcher.Reset();
        Persist();
    }

    internal void BecomeLeader(IReadOnlyCollection<ReplicaKey> granting)
    {
        Invariant.Check(Role == QuorumRole.Candidate && VotedFor == Options.Self);
        Role = QuorumRole.Leader;
        LeaderId = Options.Self.Id;
        Persist();
        Emit(new LeaderKnown(LeaderId, Epoch));
        Emit(new Decided($"Elected controller of epoch {Epoch} by {granting.Count} of {Voters.Count} voters, with a log up to {LogEnd}."));
        _leader = new QuorumLeader(this, Log.EndOffset);
        _leader.Begin(granting);
    }

    internal void BecomeFollower(int epoch, int leaderId, bool isHeard)
    {
        Invariant.Check(leaderId != Options.Self.Id && leaderId >= 0);
        Leave($"Node {leaderId} leads epoch {epoch}.");
        EnterEpoch(epoch, leaderId);
        Role = QuorumRole.Follower;
        Persist();
        _elector.Rest();
        _fetcher.Follow(isHeard);
        Emit(new LeaderKnown(leaderId, epoch));
        Emit(new Decided($"Follows controller {leaderId} of epoch {epoch}, with a log up to {LogEnd}."));
    }

    /// <summary>The leader of this epoch is not heard any more; nobody else can lead in it.</summary>
    internal void LoseLeader(string reason)
    {
        Invariant.Check(Role == QuorumRole.Follower);
        Role = QuorumRole.Unattached;
        _fetcher.Reset();
        _elector.WaitForTurn();
        Emit(new LeaderKnown(-1, Epoch));
        Emit(new Decided($"Controller {LeaderId} of epoch {Epoch} is lost: {reason}"));
    }

    /// <summary>A claim came to nothing.</summary>
    internal void BecomeUnattachedAgain()
    {
        Role = QuorumRole.Unattached;
        _fetcher.Reset();
    }

    internal void ResignLeadership(string reason)
    {
        Invariant.Check(_leader is not null);
        _leader.SayEnd();
        var epoch = Epoch;
        BecomeUnattached(epoch, reason);
        _elector.LetOthersGoFirst();
    }

    /// <summary>
    /// What another says of epoch and leader. By hearsay nobody returns to a leader that it has lost itself. True if this changed its role.
    /// </summary>
    internal bool Learn(int epoch, int leaderId, bool isHeard = false)
    {
        var self = Options.Self.Id;
        if (epoch > Epoch)
        {
            if (leaderId >= 0 && leaderId != self)
                BecomeFollower(epoch, leaderId, isHeard);
            else
                BecomeUnattached(epoch, null);
            return true;
        }
        if (epoch < Epoch || leaderId < 0 || leaderId == self || HasLeader)
            return false;
        if (LeaderId >= 0 && (leaderId != LeaderId || !isHeard))
            return false;
        BecomeFollower(epoch, leaderId, isHeard);
        return true;
    }

    internal void Vote(ReplicaKey candidate)
    {
        Invariant.Check(VotedFor is null || VotedFor == candidate);
        Invariant.Check(LeaderId < 0);
        VotedFor = candidate;
        Role = QuorumRole.Unattached;
        Persist();
    }

    // ---- For the parts ----

    internal void Emit(QuorumEffect effect) => _effects.Add(effect);

    internal void Send(QuorumMessage message) => _effects.Add(new SendMessage(message));

    internal long NextId() => ++_nextId;

    /// <summary>Since its start.</summary>
    internal bool HasAsked(long id) => id > _firstId && id <= _nextId;

    internal void Append(ReadOnlyMemory<byte> batches)
    {
        Log.Append(batches);
        if (History.Note(batches))
            Emit(new VotersChanged(Voters));
    }

    internal void Truncate(long offset)
    {
        Invariant.Check(offset >= HighWatermark);
        Emit(new Decided($"Truncates the metadata log from {Log.EndOffset} to {offset}: controller {LeaderId} of epoch {Epoch} has other records from there on."));
        Log.TruncateTo(offset);
        if (History.TruncateTo(offset))
            Emit(new VotersChanged(Voters));
    }

    internal void AdvanceHighWatermark(long offset)
    {
        Invariant.Check(offset >= HighWatermark && offset <= Log.SyncedOffset);
        if (offset == HighWatermark)
            return;
        HighWatermark = offset;
        Emit(new HighWatermarkMoved(offset));
        Settle();
    }

    /// <summary>
    /// A leader says that all before the position, whose last record is of its own epoch, is committed. The first word of that since the start counts: what comes to be
    /// committed later without this replica has a majority without it.
    /// </summary>
    internal void Measure(LogPosition committed, bool isHeld)
    {
        if (_isMeasured)
            return;
        _isMeasured = true;
        if (isHeld || (Owed is { } owed && owed >= committed))
            return;
        Owed = committed;
        Persist();
        if (IsVoter)
            Emit(new Decided($"This voter's metadata log ends at {LogEnd}; controller {LeaderId} has committed up to {committed}. Until that is here it votes for no log without it."));
    }

    internal void Installed(LogPosition snapshot)
    {
        Invariant.Check(snapshot.Offset >= HighWatermark && Log.EndOffset == snapshot.Offset);
        History.Reset(snapshot.Offset, VoterHistory.VotersOf(Log, snapshot) ?? Voters);
        HighWatermark = snapshot.Offset;
        Emit(new SnapshotInstalled(snapshot));
        Emit(new VotersChanged(Voters));
        Settle();
        Emit(new Decided($"The metadata log begins with snapshot {snapshot} of controller {LeaderId}."));
    }

    private void EnterEpoch(int epoch, int leaderId)
    {
        Invariant.Check(epoch >= Epoch);
        if (epoch > Epoch)
        {
            (Epoch, VotedFor, LeaderId) = (epoch, null, leaderId);
            return;
        }
        // One that was lost or has resigned stays the epoch's only leader.
        Invariant.Check(LeaderId < 0 || leaderId < 0 || leaderId == LeaderId);
        LeaderId = Math.Max(LeaderId, leaderId);
    }

    private void Leave(string reason)
    {
        if (_leader is not { } leader)
            return;
        _leader = null;
        leader.Close();
        Emit(new LeadershipLost(Epoch, reason));
        Emit(new LeaderKnown(-1, Epoch));
        Emit(new Decided($"Leads epoch {Epoch} no more: {reason}"));
    }

    private void Settle()
    {
        if (Owed is not { } owed || HighWatermark < owed.Offset)
            return;
        Owed = null;
        Persist();
    }

    private void Persist()
    {
        var state = new ElectionState(Epoch, VotedFor, LeaderId, Owed);
        if (state == _persisted)
            return;
        _persisted = state;
        Emit(new PersistElection(state));
    }

    private void Begin(long nowMs)
    {
        // Time that seems to run backwards only makes waits longer.
        Now = Math.Max(Now, nowMs);
        _effects = [];
        _leader?.EndIfUnheard();
    }

    private List<QuorumEffect> End()
    {
        if (_started && _leader is null)
            _fetcher.Pump();
        Invariant.Check(HighWatermark <= Log.EndOffset);
        Invariant.Check((Role == QuorumRole.Leader) == (_leader is not null));
        return _effects;
    }

    // ---- Queries ----

    private void OnBeginEpoch(BeginEpochQuery query)
    {
        var error = ErrorCode.None;
        if (query.Voter != Options.Self)
            error = ErrorCode.InvalidVoterKey;
        else if (query.Epoch < Epoch)
            error = ErrorCode.FencedLeaderEpoch;
        else
            Learn(query.Epoch, query.From, isHeard: true);
        Send(new BeginEpochReply(query.To, query.From, query.Id, error, Epoch, CurrentLeader));
    }

    private void OnBeginEpochReply(BeginEpochReply reply)
    {
        if (!Learn(reply.Epoch, reply.LeaderId))
            _leader?.OnBeginEpochReply(reply);
    }

    private void OnEndEpoch(EndEpochQuery query)
    {
        var error = query.Epoch < Epoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.None;
        if (error == ErrorCode.None)
        {
            Learn(query.Epoch, -1);
            if (Role == QuorumRole.Follower && LeaderId == query.From)
                LoseLeader("it has resigned.");
            if (Role == QuorumRole.Unattached)
                _elector.WaitForTurn(query.Successors);
        }
        Send(new EndEpochReply(query.To, query.From, query.Id, error, Epoch, CurrentLeader));
    }

    private void OnFetch(FetchQuery query)
    {
        Learn(query.Epoch, -1);
        if (_leader is { } leader && query.Epoch == Epoch)
            leader.OnFetch(query);
        else
            Send(new FetchReply(query.To, query.From, query.Id, RefusalOf(query), Epoch, CurrentLeader, -1, default));
    }

    private void OnSnapshotFetch(SnapshotQuery query)
    {
        Learn(query.Epoch, -1);
        if (_leader is { } leader && query.Epoch == Epoch)
            leader.OnSnapshotFetch(query);
        else
            Send(new SnapshotReply(query.To, query.From, query.Id, RefusalOf(query), Epoch, CurrentLeader, query.SnapshotId, 0, 0, default));
    }

    private ErrorCode RefusalOf(QuorumQuery query) =>
        query.Epoch < Epoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.NotLeaderOrFollower;
}
