"""Small files made from the documentation of their formats; none is an export of an account.

Zerodha Console: columns of its holdings statement and tradebook. Kite Connect:
https://kite.trade/docs/connect/v3/portfolio. Interactive Brokers: the Flex Queries reference, open
positions, trades, cash transactions and corporate actions, at ibkrguides.com.
"""

import json
from typing import Any

CONSOLE = """\
Client ID,AB1234,,,,,,,,,,
,,,,,,,,,,,
Equity Holdings Statement as on 2026-01-21,,,,,,,,,,,
Symbol,ISIN,Sector,Quantity Available,Quantity Discrepant,Quantity Long Term,\
Quantity Pledged (Margin),Quantity Pledged (Loan),Average Price,Previous Closing Price,\
Unrealized P&L,Unrealized P&L Pct.
INFY,INE009A01021,IT,100,0,60,20,5,"1,450.50",1600,18687.5,10.3
RELIANCE,INE002A01018,ENERGY,"1,20,000",3,0,0,0,"2,345.678",2400,1,1
TCS,INE467B01029,IT,0,0,0,0,0,3500,3600,0,0
ITC,INE154A01025,FMCG,ten,0,0,0,0,400,410,0,0
SBIN,INE062A01020,BANK,16,0,0,0,0,n/a,762,0,0
Total,,,,,,,,,,,
"""
KITE_TABLE = """\
"Instrument","Qty.","Avg. cost","LTP","Invested","Cur. val","P&L","Net chg.","Day chg.",""
"GOLDBEES",2,40.67,42.47,81.34,84.94,3.6,4.43,0.45,""
"""
TRADEBOOK = """\
symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,\
order_id,order_execution_time
INFY,INE009A01021,2026-01-05,NSE,EQ,EQ,buy,false,10.000000,1500.000000,11,91,2026-01-05T09:15:01
INFY,INE009A01021,2026-01-06,NSE,EQ,EQ,buy,false,30.000000,1600.000000,11,92,2026-01-06T09:15:01
INFY,INE009A01021,2026-01-06,NSE,EQ,EQ,buy,false,30.000000,1600.000000,11,92,2026-01-06T09:15:01
INFY,INE009A01021,2026-01-07,NSE,EQ,EQ,sell,false,15.000000,1700.000000,12,93,2026-01-07T15:29:59
WIPRO,INE075A01022,2026-01-07,NSE,EQ,EQ,sell,false,5.000000,250.000000,13,94,2026-01-07T15:29:59
WIPRO,INE075A01022,2026-01-07,NSE,EQ,EQ,hold,false,5.000000,250.000000,14,95,2026-01-07T15:29:59
"""


def kite(*items: Any) -> bytes:
    """The body of GET /portfolio/holdings."""
    return json.dumps({"status": "success", "data": list(items)}).encode()


def kite_holding(symbol: str = "INFY", **changed: Any) -> dict[str, Any]:
    """One holding of Kite Connect."""
    members = {
        "tradingsymbol": symbol,
        "exchange": "NSE",
        "isin": "INE009A01021",
        "quantity": 10,
        "t1_quantity": 0,
        "realised_quantity": 10,
        "collateral_quantity": 0,
        "discrepancy": False,
        "average_price": 1500.5,
    }
    return {**members, **changed}


FLEX = """\
<?xml version="1.0" encoding="UTF-8"?>
<FlexQueryResponse queryName="All" type="AF">
<FlexStatements count="1">
<FlexStatement accountId="U1" fromDate="20260101" toDate="20260121">
<AccountInformation accountId="U1" currency="USD" />
<OpenPositions>
<OpenPosition accountId="U1" currency="USD" assetCategory="STK" symbol="VTI" isin="US9229087690" \
description="VANGUARD TOTAL STOCK MKT" position="17" costBasisPrice="204.4061" side="Long" \
levelOfDetail="SUMMARY" />
<OpenPosition accountId="U1" currency="USD" assetCategory="STK" symbol="VTI" isin="US9229087690" \
position="10" costBasisPrice="204" levelOfDetail="LOT" />
<OpenPosition accountId="U1" currency="USD" assetCategory="STK" symbol="VTI" isin="US9229087690" \
position="7" costBasisPrice="204.98" levelOfDetail="LOT" />
<OpenPosition accountId="U1" currency="EUR" assetCategory="STK" symbol="ITX" position="4" \
costBasisPrice="30" levelOfDetail="LOT" />
<OpenPosition accountId="U1" currency="EUR" assetCategory="STK" symbol="ITX" position="6" \
costBasisPrice="40" levelOfDetail="LOT" />
<OpenPosition accountId="U1" currency="USD" assetCategory="OPT" symbol="AAPL  270115C00200000" \
multiplier="100" position="-2" costBasisPrice="12.5" levelOfDetail="SUMMARY" />
<OpenPosition accountId="U1" currency="" assetCategory="STK" symbol="XYZ" position="1" \
costBasisPrice="1" levelOfDetail="SUMMARY" />
</OpenPositions>
<Trades>
<Trade accountId="U1" currency="USD" assetCategory="STK" symbol="VTI" buySell="BUY" quantity="17" \
dateTime="20260105;095853" tradeDate="20260105" tradePrice="204.3473" proceeds="-3473.9041" \
taxes="0" ibCommission="-1" netCash="-3474.9041" transactionID="t1" levelOfDetail="EXECUTION" />
<Trade accountId="U1" currency="USD" assetCategory="STK" symbol="MSFT" buySell="SELL" \
quantity="-2" dateTime="2026-01-06;10:00:00" tradePrice="400" proceeds="800" taxes="-1.5" \
ibCommission="-1" netCash="900" transactionID="t2" levelOfDetail="EXECUTION" />
<Order accountId="U1" currency="USD" assetCategory="STK" symbol="VTI" buySell="BUY" quantity="17" \
dateTime="20260105;095853" tradePrice="204.3473" proceeds="-3473.9041" />
<Trade accountId="U1" currency="USD" assetCategory="CASH" symbol="EUR.USD" buySell="BUY" \
quantity="100" dateTime="20260105;100000" tradePrice="1.1" levelOfDetail="EXECUTION" />
<SymbolSummary accountId="U1" symbol="VTI" quantity="17" tradePrice="204.3473" />
</Trades>
<CashTransactions>
<CashTransaction accountId="U1" currency="USD" symbol="VTI" type="Dividends" amount="12.5" \
dateTime="20260107;202000" transactionID="c1" levelOfDetail="DETAIL" />
<CashTransaction accountId="U1" currency="USD" symbol="VTI" type="Withholding Tax" amount="-1.88" \
dateTime="20260107;202000" transactionID="c2" levelOfDetail="DETAIL" />
<CashTransaction accountId="U1" currency="USD" type="Deposits/Withdrawals" amount="-250" \
dateTime="20260108" transactionID="c3" levelOfDetail="DETAIL" />
<CashTransaction accountId="U1" currency="USD" type="Price Adjustments" amount="3" \
dateTime="20260108" transactionID="c4" levelOfDetail="DETAIL" />
</CashTransactions>
<CorporateActions>
<CorporateAction accountId="U1" symbol="VTI" type="FS" reportDate="20260109" \
actionDescription="VTI(US9229087690) SPLIT 4 FOR 1 (VTI, VANGUARD, US9229087690)" />
<CorporateAction accountId="U1" symbol="OLD" type="TC" reportDate="20260109" \
actionDescription="OLD MERGED INTO NEW" />
</CorporateActions>
</FlexStatement>
</FlexStatements>
</FlexQueryResponse>
"""
FLEX_CSV = """\
"ClientAccountID","CurrencyPrimary","AssetClass","Symbol","ISIN","Description","DateTime",\
"Quantity","TradePrice","Proceeds","Taxes","IBCommission","NetCash","Buy/Sell","TransactionID",\
"LevelOfDetail"
"U1","USD","STK","VTI","US9229087690","VANGUARD","20260105;095853","17","204.3473",\
"-3473.9041","0","-1","-3474.9041","BUY","t1","EXECUTION"
"U1","USD","STK","VTI","US9229087690","VANGUARD","20260106;095853","-7","205","1435","0","-1",\
"1434","SELL","t2","EXECUTION"
"U1","USD","STK","VTI","US9229087690","VANGUARD","yesterday","-7","205","1435","0","-1",\
"1434","SELL","t3","EXECUTION"
"""
GHOSTFOLIO = """\
Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note
01-09-2021,Account Opening Fee,MANUAL,USD,0,0,fee,49,
16/09/2021,MSFT,YAHOO,USD,298.580,5,buy,19.00,first
17.09.2021,MSFT,YAHOO,USD,310,2,sell,1,
20210918,MSFT,YAHOO,USD,0.62,3,dividend,0.00,
2021-09-19,,MANUAL,USD,10,1,interest,0,
2021-09-19,cash,MANUAL,USD,10,1,interest,0,
2021-09-20,House,MANUAL,USD,500000,1,item,0,
2021-09-20,Mortgage,MANUAL,USD,300000,1,liability,0,
2021-13-20,MSFT,YAHOO,USD,1,1,buy,0,
"""
TRADE_REPUBLIC = """\
datetime;date;account_type;category;type;asset_class;name;symbol;shares;price;amount;fee;tax;\
currency;original_amount;original_currency;fx_rate;description;transaction_id;value_date
2026-01-05T09:00:00.500000Z;2026-01-05;DEFAULT;CASH;CUSTOMER_INPAYMENT;;;;;;1.000,00;-7,00;;EUR;;;;;a1;
2026-01-06T09:00:00.000000Z;2026-01-06;DEFAULT;TRADING;BUY;STOCK;Netflix;US64110L1061;0,5;800,00;\
-400,00;-1,00;;EUR;;;;;a2;
2026-01-07T00:00:00.000000Z;2026-01-07;DEFAULT;CORPORATE_ACTION;SPLIT;STOCK;Netflix;US64110L1061;\
4,5;;;;;;;;;;a3;
2026-01-08T09:00:00.000000Z;2026-01-08;DEFAULT;TRADING;SELL;STOCK;Netflix;US64110L1061;-2;90,00;\
180,00;-1,00;-3,50;EUR;;;;;a4;
2026-01-09T00:00:00.000000Z;2026-01-09;DEFAULT;CASH;TAX_OPTIMIZATION;;;;;;0,00;;1,25;EUR;;;;;a5;
2026-01-09T00:00:00.000000Z;2026-01-09;DEFAULT;TRADING;BUY;BOND;Bond;XS1614198262;20,04;0,9895;\
-19,83;;;EUR;;;;;a6;
2026-01-10T00:00:00.000000Z;2026-01-10;DEFAULT;CORPORATE_ACTION;REDEMPTION;BOND;Bond;XS1614198262;\
-20,04;1,00;;;;EUR;;;;;a7;
2026-01-11T00:00:00.000000Z;2026-01-11;DEFAULT;CASH;FINAL_MATURITY;BOND;Bond;XS1614198262;20,04;;\
20,04;;;EUR;;;;;a8;
2026-01-12T00:00:00.000000Z;2026-01-12;DEFAULT;CASH;MYSTERY;;;;;;5,00;;;EUR;;;;;a9;
2026-01-12T00:00:00.000000Z;2026-01-12;DEFAULT;CASH;TAX_OPTIMIZATION;;;;;;0,00;;;EUR;;;;;a10;
"""
