using System.Net;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>The settings of remoting, read once.</summary>
internal sealed class RemoteSettings
{
    public RemoteSettings(Config config)
    {
        var remote = config.GetConfig("akka.remote");
        ShutdownTimeout = remote.GetTimeSpan("shutdown-timeout");
        FlushWait = remote.GetTimeSpan("flush-wait-on-shutdown");
        HandshakeTimeout = remote.GetTimeSpan("handshake-timeout");
        RetryGateClosedFor = remote.GetTimeSpan("retry-gate-closed-for");
        QuarantineDuration = remote.GetTimeSpan("prune-quarantine-marker-after");
        QuarantineSilentSystemTimeout = remote.GetTimeSpan("quarantine-after-silence");
        InitialSysMsgDeliveryTimeout = remote.GetTimeSpan("initial-system-message-delivery-timeout");
        SysMsgBufferSize = remote.GetInt("system-message-buffer-size");
        SysResendTimeout = remote.GetTimeSpan("resend-interval");
        SysResendLimit = remote.GetInt("resend-limit");
        LogBufferSizeExceeding = remote.GetInt("log-buffer-size-exceeding");
        LogSend = remote.GetBoolean("log-sent-messages");
        LogReceive = remote.GetBoolean("log-received-messages");
        LifecycleLogLevel = remote.GetString("log-remote-lifecycle-events").ToLowerInvariant() switch
        {
            "on" or "true" or "debug" => LogLevel.DebugLevel,
            "off" or "false" => null,
            var level => Logging.LogLevelFor(level.ToUpperInvariant()),
        };
        WatchFailureDetector = remote.GetConfig("watch-failure-detector");
        TransportFailureDetector = remote.GetConfig("transport-failure-detector");
        var tcp = remote.GetConfig("dot-netty.tcp");
        var hostname = tcp.GetString("hostname", "");
        var publicHostname = tcp.GetString("public-hostname", "");
        BindHost = hostname;
        BindPort = tcp.GetInt("port");
        PublicHost = publicHostname.Length > 0 ? publicHostname : hostname.Length > 0 ? hostname : Dns.GetHostName();
        PublicPort = tcp.GetInt("public-port");
        ConnectTimeout = tcp.GetTimeSpan("connection-timeout");
        FrameBytesMax = (int)Math.Min(Array.MaxLength / 2, tcp.GetByteSize("maximum-frame-size")!.Value);
        SendBufferBytes = (int)tcp.GetByteSize("send-buffer-size", 0)!.Value;
        ReceiveBufferBytes = (int)tcp.GetByteSize("receive-buffer-size", 0)!.Value;
        Backlog = tcp.GetInt("backlog");
        NoDelay = tcp.GetBoolean("tcp-nodelay");
        KeepAlive = tcp.GetBoolean("tcp-keepalive");
        UseIPv6 = tcp.GetBoolean("dns-use-ipv6");
        if (FrameBytesMax < 32_000)
            throw new ConfigurationException($"akka.remote.dot-netty.tcp.maximum-frame-size is {FrameBytesMax} bytes; at least 32000 are needed");
        if (BindPort is < 0 or > 65535 || PublicPort is < 0 or > 65535)
            throw new ConfigurationException($"akka.remote.dot-netty.tcp: port is {BindPort} and public-port {PublicPort}; allowed: 0 to 65535");
    }

    public TimeSpan ShutdownTimeout { get; }

    public TimeSpan FlushWait { get; }

    public TimeSpan HandshakeTimeout { get; }

    public TimeSpan RetryGateClosedFor { get; }

    public TimeSpan QuarantineDuration { get; }

    public TimeSpan QuarantineSilentSystemTimeout { get; }

    public TimeSpan InitialSysMsgDeliveryTimeout { get; }

    public int SysMsgBufferSize { get; }

    public TimeSpan SysResendTimeout { get; }

    public int SysResendLimit { get; }

    public int LogBufferSizeExceeding { get; }

    /// <summary>From here on further messages to the peer are dropped.</summary>
    public int QueueMax => (int)Math.Min(int.MaxValue, 4L * LogBufferSizeExceeding);

    public bool LogSend { get; }

    public bool LogReceive { get; }

    /// <summary>Events below it are published but not logged; null: none is logged.</summary>
    public LogLevel? LifecycleLogLevel { get; }

    public Config WatchFailureDetector { get; }

    public Config TransportFailureDetector { get; }

    public string BindHost { get; }

    public int BindPort { get; }

    public string PublicHost { get; }

    public int PublicPort { get; }

    public TimeSpan ConnectTimeout { get; }

    public int FrameBytesMax { get; }

    public int SendBufferBytes { get; }

    public int ReceiveBufferBytes { get; }

    public int Backlog { get; }

    public bool NoDelay { get; }

    public bool KeepAlive { get; }

    public bool UseIPv6 { get; }

    public static Config DefaultConfig() => ConfigurationFactory.FromResource<RemoteSettings>("remote.conf");
}
