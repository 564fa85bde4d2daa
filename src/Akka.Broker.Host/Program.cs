using Akka.Broker.Host;

var command = HostCommand.Parse(args);
if (command.Answer is { } answer)
    return answer();
if (command.Mistake is { } mistake)
{
    Console.Error.WriteLine(mistake);
    return BrokerHost.ExitRefused;
}
return await new BrokerHost(Console.Out, Console.Error).RunAsync(command.ConfigFile, command.Settings);
