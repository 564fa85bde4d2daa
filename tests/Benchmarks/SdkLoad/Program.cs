using Akka.Broker.SdkLoad;

// The SDK under load, with the options of kload and the same JSON line on standard output:
//   sdkload consume --bootstrap HOST:PORT --topic NAME --count N --partitions N [--warm N] [--mode raw|bytes|handlers]
return args.FirstOrDefault() switch
{
    "consume" => await ConsumeLoad.RunAsync(Options.Parse(args[1..])),
    _ => Options.Usage(),
};
