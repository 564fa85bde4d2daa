using Akka.Actor;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Tests;

namespace Akka.Broker.Tests.Controller;

/// <summary>The way to a controller that moves.</summary>
public sealed class ControllerClientSpec : PatientTestKit
{
    private readonly MetadataCache _metadata = new();
    private readonly Locator _locator = new();

    private ControllerClient Client() => new(_locator, _metadata, TimeProvider.System);

    private Task<ElectLeadersResponse> AskAsync(TimeSpan timeout) => Client().AdministerAsync<ElectLeadersResponse>(new ElectLeadersRequest(), timeout);

    [Fact]
    public async Task Node_that_is_not_the_controller_is_asked_again_until_it_knows_who_is()
    {
        var refusing = CreateTestProbe();
        var deciding = CreateTestProbe();
        _locator.MoveTo(1, refusing);
        var asking = AskAsync(TimeSpan.FromSeconds(30));
        await refusing.ExpectMsgAsync<AdminCommand>();
        _locator.MoveTo(2, deciding);
        refusing.Reply(new ControllerUnavailable(ErrorCode.NotController, "another is"));

        await deciding.ExpectMsgAsync<AdminCommand>();
        deciding.Reply(new AdminAnswer(new ElectLeadersResponse { ErrorCode = ErrorCode.InvalidRequest }, -1));

        Assert.Equal(ErrorCode.InvalidRequest, (await asking).ErrorCode);
    }

    [Fact]
    public async Task Controller_that_falls_silent_is_left_when_another_is_known()
    {
        var silent = CreateTestProbe();
        var deciding = CreateTestProbe();
        _locator.MoveTo(1, silent);
        var asking = AskAsync(TimeSpan.FromSeconds(30));
        await silent.ExpectMsgAsync<AdminCommand>();

        _locator.MoveTo(2, deciding);

        await deciding.ExpectMsgAsync<AdminCommand>();
        deciding.Reply(new AdminAnswer(new ElectLeadersResponse(), -1));
        await asking;
    }

    [Fact]
    public async Task Node_that_turns_out_to_be_the_controller_is_asked_once()
    {
        var own = CreateTestProbe();
        _locator.MoveTo(-1, own);
        var asking = AskAsync(TimeSpan.FromSeconds(30));
        await own.ExpectMsgAsync<AdminCommand>();
        var asker = own.LastSender;

        _locator.MoveTo(1, own);
        await own.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(150));
        asker.Tell(new AdminAnswer(new ElectLeadersResponse(), -1), own);

        await asking;
    }

    [Fact]
    public async Task What_is_refused_for_good_is_not_asked_again()
    {
        var controller = CreateTestProbe();
        _locator.MoveTo(1, controller);
        var asking = AskAsync(TimeSpan.FromSeconds(30));
        await controller.ExpectMsgAsync<AdminCommand>();
        controller.Reply(new ControllerUnavailable(ErrorCode.DuplicateBrokerRegistration, "there is one"));

        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => asking);

        Assert.Equal(ErrorCode.DuplicateBrokerRegistration, refused.Error);
    }

    [Fact]
    public async Task Without_a_controller_the_asker_is_told_why_when_its_time_is_over()
    {
        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => AskAsync(TimeSpan.FromMilliseconds(120)));

        Assert.Equal(ErrorCode.NotController, refused.Error);
    }

    [Fact]
    public async Task Controller_that_does_not_answer_in_time_is_a_time_out()
    {
        _locator.MoveTo(1, CreateTestProbe());

        var refused = await Assert.ThrowsAsync<ControllerUnavailableException>(() => AskAsync(TimeSpan.FromMilliseconds(120)));

        Assert.Equal(ErrorCode.RequestTimedOut, refused.Error);
    }

    private sealed class Locator : IControllerLocator
    {
        private volatile ICanTell? _controller;
        private volatile int _id = -1;

        public int ControllerId => _id;

        public ICanTell? Find() => _controller;

        public void MoveTo(int id, ICanTell controller)
        {
            _controller = controller;
            _id = id;
        }
    }
}
