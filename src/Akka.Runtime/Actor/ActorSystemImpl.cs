using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.Remote;
using Akka.Util;

namespace Akka.Actor;

/// <summary>
/// The one implementation of an actor system.
/// <code>
///   /                 root: stops /system once /user is gone, and itself once /system is gone
///   ├─ user           the application's actors
///   ├─ system         loggers, extensions
///   ├─ deadLetters    no actor
///   └─ temp           no actors: answers that are awaited
/// </code>
/// </summary>
internal sealed class ActorSystemImpl : ExtendedActorSystem
{
    private readonly SystemExtensions _extensions;
    private readonly Loggers _loggers;
    private readonly Stack<Action> _onTermination = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimerWheel? _realTimeWheel;
    private LocalActorRef? _deadLetterListener;
    private int _terminating;

    public ActorSystemImpl(string name, Config config, ActorSystemSetup setup)
    {
        if (!IsValidName(name))
        {
            throw new ArgumentException(
                $"invalid ActorSystem name [{name}]: letters, digits, '-' and '_' are allowed, and it starts with a letter or digit", nameof(name));
        }
        Name = name;
        Settings = new Settings(this, config, setup);
        EventStream = new EventStream(Settings.DebugEventStream);
        EventStream.SetLogLevel(Logging.LogLevelFor(Settings.LogLevel));
        _loggers = new Loggers(this);
        _loggers.StartDirect();
        Log = new BusLogging(EventStream, $"ActorSystem({name})", typeof(ActorSystem), Settings.LogFormatter);
        Scheduler = TypeResolver.Create<IScheduler>(Settings.SchedulerClass, "akka.scheduler.implementation", Settings.Config, Log);
        StartTime = Scheduler.MonotonicClock;
        Local = new LocalActorRefProvider(this, name, EventStream);
        Serialization = new Akka.Serialization.Serialization(this);
        if (RemoteActorRefProvider.IsProvider(Settings.Config))
        {
            Settings.InjectTopLevelFallback(RemoteSettings.DefaultConfig());
            Remote = Cluster.Cluster.IsProvider(Settings.Config) ? new Cluster.ClusterActorRefProvider(this, Local) : new RemoteActorRefProvider(this, Local);
        }
        else if (Settings.ProviderClass is not ("" or "local") && !Settings.ProviderClass.StartsWith("Akka.Actor.LocalActorRefProvider", StringComparison.Ordinal))
        {
            throw new ConfigurationException($"akka.actor.provider is [{Settings.ProviderClass}]; allowed: local, remote, cluster");
        }
        Dispatchers = new Dispatchers(this, new DispatcherPrerequisites(EventStream, Scheduler, Settings));
        _extensions = new SystemExtensions(this);
    }

    public override string Name { get; }

    public override Settings Settings { get; }

    public override Dispatchers Dispatchers { get; }

    public override EventStream EventStream { get; }

    public override IScheduler Scheduler { get; }

    public override ILoggingAdapter Log { get; }

    public override Akka.Serialization.Serialization Serialization { get; }

    public override ILocalProvider Provider => Remote is { } remote ? remote : Local;

    public override IActorRef DeadLetters => Local.DeadLetters;

    public override LocalActorRef Guardian => UserGuardian;

    public override LocalActorRef SystemGuardian => SystemActors;

    public override LocalActorRef LookupRoot => Local.RootGuardian;

    public override Task WhenTerminated => _terminated.Task;

    /// <summary>The wheel for what waits in real time, whatever the scheduler's time is.</summary>
    internal TimerWheel RealTimeWheel => (Scheduler as HashedWheelTimerScheduler)?.Wheel ?? OwnWheel();

    /// <summary>The actors of this process.</summary>
    internal LocalActorRefProvider Local { get; }

    /// <summary>Those of others; null unless <c>akka.actor.provider</c> says so.</summary>
    internal RemoteActorRefProvider? Remote { get; }

    internal RemotelyWatched RemotelyWatched { get; } = new();

    private LocalActorRef UserGuardian { get; set; } = null!;

    private LocalActorRef SystemActors { get; set; } = null!;

    public void Start()
    {
        var dispatcher = Dispatchers.Lookup(Dispatch.Dispatchers.InternalDispatcherId);
        var root = new LocalActorRef(this, Props.Create(() => new RootGuardian()), dispatcher, new RootGuardianSupervisor(this), Local.RootPath);
        Local.RootGuardian = root;
        root.Start();
        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        UserGuardian = (LocalActorRef)root.Cell.MakeChild(Props.Create<GuardianActor>(strategy), "user");
        SystemActors = (LocalActorRef)root.Cell.MakeChild(Props.Create<GuardianActor>(SupervisorStrategy.DefaultStrategy), "system");
        root.Tell(new RootGuardian.Guardians(UserGuardian, SystemActors), ActorRefs.NoSender);
        try
        {
            EventStream.StartUnsubscriber(this);
            _loggers.Start();
            if (Settings.LogDeadLetters > 0 || Settings.DebugUnhandledMessage)
                _deadLetterListener = (LocalActorRef)SystemActorOf<DeadLetterListener>("deadLetterListener");
            if (Settings.LogConfigOnStart)
                Log.Info("{0}", Settings);
            Remote?.Init();
            RegisterExtension(new CoordinatedShutdownExtension());
            if (Cluster.Cluster.IsProvider(Settings.Config))
                Cluster.Cluster.Get(this);
            _extensions.LoadConfigured();
        }
        catch
        {
            FinalTerminate();
            throw;
        }
    }

    public override IActorRef ActorOf(Props props, string? name = null) => UserGuardian.Cell.MakeChild(props, name);

    public override IActorRef SystemActorOf(Props props, string? name = null) => SystemActors.Cell.MakeChild(WithInternalDispatcher(props), name);

    public override IActorRef SystemActorOf<TActor>(string? name = null) => SystemActorOf(Props.Create<TActor>(), name);

    public override ActorSelection ActorSelection(ActorPath actorPath) =>
        actorPath.Address.HasLocalScope
            ? new ActorSelection(LookupRoot, actorPath.Elements)
            : new ActorSelection(Remote is { } remote ? remote.RootGuardianAt(actorPath.Address) : Local.Empty(actorPath.Root), actorPath.Elements);

    public override ActorSelection ActorSelection(string actorPath) => SelectionDelivery.SelectionFrom(this, LookupRoot, actorPath);

    public override void Stop(IActorRef actor)
    {
        var local = (IInternalActorRef)actor;
        if (local.Parent is LocalActorRef parent && parent.Path.Depth <= 1)
            parent.Tell(new GuardianActor.StopChild(actor), ActorRefs.NoSender);
        else
            local.Stop();
    }

    public override Task Terminate()
    {
        if (Settings.CoordinatedShutdownRunByActorSystemTerminate && TryGetExtension<CoordinatedShutdown>(out var shutdown))
            shutdown.Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        else
            FinalTerminate();
        return WhenTerminated;
    }

    public override void RegisterOnTermination(Action code)
    {
        lock (_onTermination)
            _onTermination.Push(code);
    }

    public override object RegisterExtension(IExtensionId extension) => _extensions.Register(extension);

    public override object GetExtension(IExtensionId extensionId) => _extensions.Get(extensionId.ExtensionType)
        ?? throw new ArgumentException($"the extension {extensionId.ExtensionType.Name} is not registered", nameof(extensionId));

    public override T GetExtension<T>() => (T?)_extensions.Get(typeof(T))
        ?? throw new ArgumentException($"the extension {typeof(T).Name} is not registered");

    public override bool HasExtension(Type type) => _extensions.Get(type) is not null;

    public override bool HasExtension<T>() => HasExtension(typeof(T));

    public override bool TryGetExtension(Type extensionType, out object extension)
    {
        extension = _extensions.Get(extensionType)!;
        return extension is not null;
    }

    public override bool TryGetExtension<T>(out T extension)
    {
        extension = (T)_extensions.Get(typeof(T))!;
        return extension is not null;
    }

    public override string ToString() => Local.DefaultAddress.ToString();

    /// <summary>Stops all actors, without the coordinated shutdown.</summary>
    internal void FinalTerminate()
    {
        if (Interlocked.Exchange(ref _terminating, 1) != 0)
            return;
        if (!Settings.LogDeadLettersDuringShutdown)
            _deadLetterListener?.Stop();
        UserGuardian.Stop();
    }

    /// <summary>The root has stopped. Called once, by its supervisor.</summary>
    internal void OnRootStopped()
    {
        if (Remote is { IsStarted: true } remote)
            _ = EndAfter(remote.Remoting.ShutDownAsync());
        else
            End();
    }

    /// <summary>The loggers are about to stop: what comes now goes to standard output.</summary>
    internal void OnSystemStopping() => _loggers.Stop();

    internal MessageDispatcher DispatcherFor(Props props) =>
        props.Dispatcher.Length == 0 ? Dispatchers.DefaultGlobalDispatcher : Dispatchers.Lookup(props.Dispatcher);

    private async Task EndAfter(Task shutdown)
    {
        try
        {
            await shutdown.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.Error(e, "remoting did not end in order: {0}", e.Message);
        }
        End();
    }

    private void End()
    {
        Dispatchers.ShutDown();
        (Scheduler as IDisposable)?.Dispose();
        _realTimeWheel?.Dispose();
        Action[] callbacks;
        lock (_onTermination)
            callbacks = [.. _onTermination];
        foreach (var callback in callbacks)
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                Log.Error(e, "a termination callback failed: {0}", e.Message);
            }
        }
        _terminated.TrySetResult();
    }

    private static bool IsValidName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static Props WithInternalDispatcher(Props props) =>
        props.Dispatcher.Length == 0 ? props.WithDispatcher(Dispatch.Dispatchers.InternalDispatcherId) : props;

    private TimerWheel OwnWheel()
    {
        if (_realTimeWheel is null)
        {
            var wheel = new TimerWheel(TimeSpan.FromMilliseconds(10), 512, "akka-real-time");
            if (Interlocked.CompareExchange(ref _realTimeWheel, wheel, null) is not null)
                wheel.Dispose();
        }
        return _realTimeWheel!;
    }
}
