using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Akka.Broker.Nodes.Downing;

/// <summary>
/// Takes members out of the cluster that are gone for the majority. Runs on every node, acts on the controller's alone.
/// <code>
///   Watching ── a member is unreachable, and nothing has changed for Settle ──▶ Asking ── answers, or AnswerMax ──▶ down some, or none ──▶ Watching
///      ▲                                                                                                                              │
///      └──────────────────────────────────── again after Again, while somebody is unreachable ────────────────────────────────────────┘
/// </code>
/// Before it asks it has a majority of the voters confirm that this node leads: the first event after a long pause shows a view that is out of date.
/// Nothing is kept over a restart: the next look finds what there is.
/// </summary>
public sealed class DowningActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan BrokenLinkMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShutOutMax = TimeSpan.FromSeconds(1);

    private readonly DowningServices _services;
    private readonly Cluster.Cluster _cluster = Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<BrokenLink, long> _brokenSince = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private HashSet<UniqueAddress> _asked = [];
    private DowningOptions? _options;
    private MembershipView _view = MembershipView.Empty;
    private bool _isAsking;

    public DowningActor(DowningServices services)
    {
        _services = services;
        Receive<DowningOptions>(options =>
        {
            _options = options;
            options.Membership.Subscribe(Self);
        });
        Receive<MembershipView>(OnView);
        Receive<Look>(_ => OnLook());
        Receive<Seen>(OnSeen);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(DowningServices services) => Actor.Props.Create(() => new DowningActor(services));

    protected override void PreStart() => _services.Options.PipeTo(Self);

    protected override void PostStop() => _options?.Membership.Unsubscribe(Self);

    private static IEnumerable<UniqueAddress> UnreachableOf(MembershipView view) => view.All.Where(m => !m.IsReachable).Select(m => m.UniqueAddress);

    /// <summary>Each change of who is reachable begins the wait anew: what happens at once is to be judged at once.</summary>
    private void OnView(MembershipView view)
    {
        var hasChanged = !UnreachableOf(view).ToHashSet().SetEquals(UnreachableOf(_view));
        _view = view;
        if (hasChanged && IsAnyUnreachable)
            LookAfter(Settle);
    }

    private bool IsAnyUnreachable => _view.All.Any(m => !m.IsReachable);

    private void LookAfter(TimeSpan delay)
    {
        if (!_isAsking)
            Timers.StartSingleTimer(nameof(Look), Look.Instance, delay);
    }

    private void OnLook()
    {
        if (!IsAnyUnreachable)
        {
            _brokenSince.Clear();
            return;
        }
        if (_options is not { } options || !options.IsController())
        {
            _brokenSince.Clear();
            LookAfter(Again);
            return;
        }
        _isAsking = true;
        _asked = [.. _view.All.Select(m => m.UniqueAddress)];
        var suspects = Brokers(m => !m.IsReachable);
        var reachable = Brokers(m => m.IsReachable && m.Status is not MemberStatus.Down);
        AskAsync(Context.System, options, suspects, reachable).PipeTo(Self, failure: _ => Seen.Nothing);
    }

    /// <summary>Their addresses by node id; of two incarnations the later one's.</summary>
    private Dictionary<int, string> Brokers(Func<BrokerMember, bool> filter)
    {
        var brokers = new Dictionary<int, string>();
        foreach (var member in _view.All.Where(filter))
            brokers[member.NodeId] = member.Address.ToString();
        return brokers;
    }

    private static async Task<Seen> AskAsync(ActorSystem system, DowningOptions options, Dictionary<int, string> suspects, Dictionary<int, string> reachable)
    {
        if (!await options.Confirm().ConfigureAwait(false))
            return Seen.Nothing;
        // A suspect is a witness too: of a pair whose link is broken each may be called unreachable by the other.
        var question = new WhomDoYouReach([.. suspects.Keys], [.. suspects.Values]);
        var asked = reachable.Concat(suspects).DistinctBy(m => m.Key);
        var answers = await Task.WhenAll(asked.Select(m => AskAsync(system, m.Value, question))).ConfigureAwait(false);
        return new Seen([.. suspects.Keys], [.. answers.OfType<IReach>().Select(a => new Sighting(a.Observer, [.. a.Suspects]))]);
    }

    private static async Task<IReach?> AskAsync(ActorSystem system, string address, WhomDoYouReach question)
    {
        try
        {
            return await system.ActorSelection($"{address}/user/{Witness.Name}").Ask<IReach>(question, AnswerMax).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private void OnSeen(Seen seen)
    {
        _isAsking = false;
        if (IsAnyUnreachable)
            LookAfter(Again);
        if (_options is not { } options || !seen.Sightings.Any(s => s.Observer == options.NodeId) || !options.IsController())
            return;
        var voters = options.Voters();
        var gone = DowningRules.Gone(options.NodeId, seen.Suspects, seen.Sightings, voters);
        foreach (var id in gone)
            Down(id, $"neither this controller nor a majority of the {seen.Sightings.Count} members that answered reaches it");

        var shutOut = DowningRules.ShutOut(seen.Suspects, seen.Sightings, gone);
        var overdue = Overdue(DowningRules.BrokenLinks(seen.Suspects, seen.Sightings, gone), shutOut, options.Time);
        foreach (var id in DowningRules.Cut(overdue, voters))
            Down(id, $"links between members have been broken for {(shutOut.Contains(id) ? ShutOutMax : BrokenLinkMax).TotalSeconds:0} s: {string.Join(", ", overdue.Select(l => $"{l.A}–{l.B}"))}");
    }

    private HashSet<BrokenLink> Overdue(IReadOnlySet<BrokenLink> broken, IReadOnlySet<int> shutOut, TimeProvider time)
    {
        foreach (var healed in _brokenSince.Keys.Where(l => !broken.Contains(l)).ToList())
            _brokenSince.Remove(healed);
        foreach (var link in broken)
            _brokenSince.TryAdd(link, time.GetTimestamp());
        return [.. _brokenSince.Where(l => time.GetElapsedTime(l.Value) >= MaxOf(l.Key)).Select(l => l.Key)];

        TimeSpan MaxOf(BrokenLink link) => shutOut.Contains(link.A) || shutOut.Contains(link.B) ? ShutOutMax : BrokenLinkMax;
    }

    private void Down(int nodeId, string reason)
    {
        // Meanwhile another process may have joined at the address: what was seen was not of that one.
        foreach (var member in _view.All.Where(m => m.NodeId == nodeId && _asked.Contains(m.UniqueAddress)))
        {
            _log.Warning("Node {0} at {1} is taken out of the cluster: {2}.", nodeId, member.Address, reason);
            _cluster.Down(member.Address);
        }
    }

    private sealed class Look
    {
        public static readonly Look Instance = new();
    }

    private sealed record Seen(IReadOnlyList<int> Suspects, IReadOnlyList<Sighting> Sightings)
    {
        public static readonly Seen Nothing = new([], []);
    }
}
