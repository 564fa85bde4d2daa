extern alias pbm;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Broker.Cmd.Tests.Parsing;
using Akka.Configuration;
using pbm::Pbm;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace Akka.Broker.Cmd.Tests.Host;

/// <summary>The host over loopback, with a palette of the tests' own and the real client.</summary>
public sealed class PetabridgeCmdSpec : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Channel<string> _seen = Channel.CreateUnbounded<string>();
    private readonly List<(string Text, bool IsError)> _output = [];
    private ActorSystem _system = null!;
    private CmdClient _client = null!;
    private HostAddress _address;

    public async Task InitializeAsync()
    {
        _system = ActorSystem.Create("cmd", ConfigurationFactory.ParseString("petabridge.cmd { host = \"127.0.0.1\", port = 0 }\nakka { loglevel = OFF, stdout-loglevel = OFF }"));
        var host = PetabridgeCmd.Get(_system);
        Assert.True(host.RegisterCommandPalette(new MailHandler(_seen.Writer)));
        Assert.False(host.RegisterCommandPalette(new MailHandler(_seen.Writer)));
        Assert.True(host.RegisterCommandPalette(new PhoneHandler()));
        host.Start();
        _address = new HostAddress("127.0.0.1", host.Endpoint!.Port);
        _client = await CmdClient.ConnectAsync(_address).WaitAsync(Limit);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _system.Terminate().WaitAsync(Limit);
    }

    [Fact]
    public async Task Pieces_of_output_come_in_order_and_the_final_one_ends_the_command()
    {
        Assert.Equal(0, await RunAsync("mail", "send", "bob", "--kind", "parcel"));
        Assert.Equal(["to bob", "a parcel", "sent"], _output.Select(o => o.Text));
        Assert.DoesNotContain(_output, o => o.IsError);
    }

    [Fact]
    public async Task An_errored_response_fails_the_command()
    {
        Assert.Equal(1, await RunAsync("mail", "send", "nobody"));
        Assert.Equal(("nobody is unknown", true), Assert.Single(_output));
    }

    [Fact]
    public async Task A_handler_that_throws_fails_the_command_and_nothing_else()
    {
        Assert.Equal(1, await RunAsync("mail", "send", "thrower"));
        Assert.Contains("letter box on fire", _output[0].Text);
        Assert.Equal(0, await RunAsync("mail", "send", "bob"));
    }

    [Fact]
    public async Task A_command_that_nobody_carries_out_fails()
    {
        Assert.Equal(1, await RunAsync("mail", "list"));
        Assert.Contains("Nobody carries out 'mail list'", _output[0].Text);
    }

    [Fact]
    public async Task A_line_that_cannot_be_meant_is_refused()
    {
        Assert.Equal(2, await RunAsync("mail", "burn"));
        Assert.True(_output[0].IsError);
    }

    [Fact]
    public async Task A_cancelled_stream_ends_in_order_and_its_source_learns_of_it()
    {
        var streaming = RunAsync("mail", "send", "everybody");
        Assert.Equal("streams", await SeenAsync());
        Assert.True(_client.Cancel());
        Assert.Equal(0, await streaming);
        Assert.Equal("stopped", await SeenAsync());
        Assert.False(_client.Cancel());
    }

    [Fact]
    public async Task A_client_that_goes_ends_what_it_has_running()
    {
        var streaming = RunAsync("mail", "send", "everybody");
        Assert.Equal("streams", await SeenAsync());
        _client.Dispose();
        Assert.Equal("stopped", await SeenAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => streaming);
    }

    [Fact]
    public async Task The_end_of_the_system_fails_what_runs_and_closes_the_door()
    {
        var streaming = RunAsync("mail", "send", "everybody");
        Assert.Equal("streams", await SeenAsync());
        await _system.Terminate().WaitAsync(Limit);
        try
        {
            Assert.Equal(1, await streaming);
        }
        catch (IOException)
        {
            // The connection was closed before the last word was out.
            Assert.True(streaming.IsFaulted);
        }
        await Assert.ThrowsAsync<IOException>(() => CmdClient.ConnectAsync(_address));
    }

    [Fact]
    public async Task Completion_comes_from_the_host() =>
        Assert.Equal([("list", "Lists letters"), ("send", "Sends a letter")], await _client.CompleteAsync(["mail", ""]).WaitAsync(Limit));

    [Fact]
    public async Task Values_are_completed_by_the_names_that_a_palette_knows()
    {
        Assert.Equal([("bea", "to"), ("bob", "to")], await _client.CompleteAsync(["mail", "send", "b"]).WaitAsync(Limit));
        Assert.Equal([("ann", "to"), ("bea", "to"), ("bob", "to")], await _client.CompleteAsync(["mail", "send", "--to", ""]).WaitAsync(Limit));
        Assert.Equal([], await _client.CompleteAsync(["mail", "send", "bob", "--note", ""]).WaitAsync(Limit));
        Assert.Equal([], await _client.CompleteAsync(["mail", "send", "bob", "--weight", ""]).WaitAsync(Limit));
        Assert.Equal(0, await RunAsync("mail", "send", "bob"));
    }

    [Fact]
    public async Task Whoever_does_not_speak_the_protocol_is_sent_away_and_others_are_served()
    {
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPAddress.Loopback, _address.Port);
        await stranger.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        var read = await stranger.GetStream().ReadAsync(new byte[10]).AsTask().WaitAsync(Limit).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : 0);
        Assert.Equal(0, read);
        Assert.Equal(0, await RunAsync("mail", "send", "bob"));
    }

    [Fact]
    public async Task What_is_no_host_is_told_from_one()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var connecting = CmdClient.ConnectAsync(new HostAddress("127.0.0.1", ((IPEndPoint)other.LocalEndpoint).Port));
        (await other.AcceptTcpClientAsync().WaitAsync(Limit)).Dispose();
        await Assert.ThrowsAnyAsync<IOException>(() => connecting.WaitAsync(Limit));
    }

    private Task<int> RunAsync(params string[] words)
    {
        _output.Clear();
        return _client.ExecuteAsync(words, (text, isError) => _output.Add((text, isError))).WaitAsync(Limit);
    }

    private Task<string> SeenAsync() => _seen.Reader.ReadAsync().AsTask().WaitAsync(Limit);

    private sealed class MailHandler(ChannelWriter<string> seen) : CommandPaletteHandler(TestPalettes.Mail)
    {
        public override Props HandlerProps { get; } = Props.Create(() => new MailActor(seen));
    }

    private sealed class MailActor : CommandHandlerActor
    {
        public MailActor(ChannelWriter<string> seen) : base(TestPalettes.Mail) => Process("send", command =>
        {
            var to = command.Arguments.Single(a => TestPalettes.Send.ArgumentsByName["to"].Switch.Contains(a.Item1)).Item2;
            switch (to)
            {
                case "nobody":
                    Sender.Tell(new ErroredCommandResponse("nobody is unknown"));
                    break;
                case "thrower":
                    throw new InvalidOperationException("letter box on fire");
                case "everybody":
                    Context.ActorOf(Props.Create(() => new Streamer(Sender, seen)));
                    break;
                default:
                    Sender.Tell(new CommandResponse($"to {to}", final: false));
                    Sender.Tell(new[] { new CommandResponse($"a {command.Arguments.FirstOrDefault(a => a.Item1 == "--kind")?.Item2 ?? "letter"}", false), new CommandResponse("sent") });
                    break;
            }
        });
    }

    private sealed class PhoneHandler() : CommandPaletteHandler(TestPalettes.Phone)
    {
        public override Props HandlerProps { get; } = Props.Create(() => new PhoneActor());
    }

    /// <summary>Knows whom to write to, and of notes that it does not know any.</summary>
    private sealed class PhoneActor : CommandHandlerActor
    {
        public PhoneActor() : base(TestPalettes.Phone) => Process("names", command =>
        {
            if (command.Arguments[0].Item2 != "to")
            {
                Sender.Tell(new ErroredCommandResponse("no notes"));
                return;
            }
            Sender.Tell(new CommandResponse("ann\nbob", final: false));
            Sender.Tell(new CommandResponse("bea"));
        });
    }

    /// <summary>Never ends by itself.</summary>
    private sealed class Streamer : ReceiveActor
    {
        private readonly ChannelWriter<string> _seen;

        public Streamer(IActorRef reader, ChannelWriter<string> seen)
        {
            _seen = seen;
            Context.Watch(reader);
            reader.Tell(new CommandResponse("streams", final: false));
            seen.TryWrite("streams");
            Receive<Terminated>(_ => Context.Stop(Self));
        }

        protected override void PostStop() => _seen.TryWrite("stopped");
    }
}
